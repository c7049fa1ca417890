"""What the chart holds and the app cannot read, as it is."""

from app.summary.display import shown
from app.summary.panels._panel import Panel, nothing

PANEL = Panel(
    "aside",
    80,
    rows=lambda page: [shown(page.record, resource) for resource in page.record.not_interpreted],
    claims=nothing,
)
