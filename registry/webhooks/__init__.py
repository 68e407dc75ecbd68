"""Webhooks of accounts: where they go, and the outbox of what is to be sent."""
