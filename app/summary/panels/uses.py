"""How ready the record is for its uses; their pages say what is missing."""

from app.summary.panels._panel import Panel, nothing

PANEL = Panel("aside", 20, rows=lambda page: page.uses, claims=nothing)
