"""One file for each revision of the schema, which Alembic runs in their order."""
