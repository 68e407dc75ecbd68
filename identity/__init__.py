"""Finding the same person under another spelling: a probabilistic model over DuckDB tables.

    person ─▶ features.py ─▶ features (matching columns, blocking keys)
                                │
    model.py (parameters) ──────┴─▶ score.py: Splink on pairs with a key in common ─▶ scored_pair

Knows nothing of the registry: it reads and writes tables of a DuckDB connection that it is given.
"""
