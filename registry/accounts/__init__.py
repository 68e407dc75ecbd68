"""Accounts, and who may act for them: users, keys, sessions, the activity log."""
