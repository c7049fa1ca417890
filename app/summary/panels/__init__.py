"""The panels of the summary: each module without a leading underscore is one, with its template."""
