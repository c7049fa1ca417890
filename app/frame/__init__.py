"""The frame of every page of a launch: the patient banner, the tabs, and which forms there are."""
