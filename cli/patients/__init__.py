"""Commands for patients and for pairs that wait for a review."""
