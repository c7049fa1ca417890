"""How the app speaks to an EHR's authorization server: OAuth 2.0 and OpenID Connect."""
