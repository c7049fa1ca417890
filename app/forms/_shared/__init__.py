"""What several forms share, a module for each matter: fields, offers, facts, checks, questions."""
