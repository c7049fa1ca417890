"""The EHRs that may launch the app, and how the app is registered with each."""
