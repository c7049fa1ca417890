"""Codes and their words: lists that the app ships, and servers that have longer ones."""
