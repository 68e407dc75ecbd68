"""Signing in and out, users' own ways of signing in, and the account that an operator works in."""
