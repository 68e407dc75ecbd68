"""Webhooks, which notify callers of what became of their requests."""
