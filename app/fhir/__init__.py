"""The only code that talks to the EHR's FHIR server.

It knows FHIR, not SMART: a session is handed its bearer tokens by a `TokenSource`.
"""
