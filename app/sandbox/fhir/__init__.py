"""A small strict FHIR R4 server engine on SQLite, without authorization of its own."""
