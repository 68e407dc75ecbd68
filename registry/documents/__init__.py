"""Document queries: plans of imports, queries of patients, and their progress."""
