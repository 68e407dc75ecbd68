"""Stage 2: what does each cell say, and is it right?"""
