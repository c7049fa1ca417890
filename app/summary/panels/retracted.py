"""Retracted resources: they are no facts, but still in the chart."""

from app.summary.display import retraction
from app.summary.panels._panel import Panel, nothing

PANEL = Panel(
    "aside",
    90,
    rows=lambda page: [retraction(page.record, resource) for resource in page.record.retracted],
    claims=nothing,
)
