"""Published formulas that spare typing; a clinician confirms what they suggest."""
