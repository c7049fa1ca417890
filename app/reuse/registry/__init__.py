"""The report of one primary cancer to a central cancer registry (HL7's CCRR guide)."""
