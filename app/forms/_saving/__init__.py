"""From answers to the chart: the plan, its review in words, the save, and what came of it."""
