"""Commands for accounts, users and keys."""
