"""Help for a person who maps columns: a look at the file, and what each column may be."""
