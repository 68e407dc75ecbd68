"""Commands that import files and show what became of them."""
