"""Webhooks of accounts: where they go, and the outbox of messages to send."""
