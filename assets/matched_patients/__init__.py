"""Stage 3: which patient is each row, and what would change?"""
