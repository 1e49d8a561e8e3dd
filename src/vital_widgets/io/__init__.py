"""Readers: one module a format, all lazy."""
