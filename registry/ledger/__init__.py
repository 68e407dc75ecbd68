"""The ledger: imports, attempts and their states; claims, progress, and reports of a night."""
