"""Which EHRs may launch the app, and how it is registered with each."""
