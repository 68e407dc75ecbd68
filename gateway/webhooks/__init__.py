"""Telling callers what became of their requests."""
