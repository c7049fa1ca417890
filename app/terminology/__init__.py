"""Codes and their words: value sets that the app ships and searches locally."""
