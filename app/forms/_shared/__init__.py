"""What several forms share, a module for each matter: questions, offers, chart context, checks."""
