"""Signing in and out, a user's own password, and the account that an operator works in."""
