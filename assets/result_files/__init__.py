"""Stage 5: answer the sender, a result for every row."""
