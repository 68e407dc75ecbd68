"""All tables of registry and ledger, and the words that their columns may hold."""
