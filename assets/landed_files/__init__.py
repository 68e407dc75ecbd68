"""Stage 1: is this a file we can read, and what are its records?"""
