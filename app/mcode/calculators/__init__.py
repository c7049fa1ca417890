"""Published formulas that spare typing; each result is a suggestion that a clinician confirms."""
