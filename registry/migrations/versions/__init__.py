"""One revision per change of the tables, in order."""
