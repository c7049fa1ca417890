"""Collect once, use many: each folder here is one product, made of a record for one use of it."""
