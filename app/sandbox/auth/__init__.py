"""The sandbox's authorization server: SMART App Launch on Authlib."""
