"""The doors: how files come in and results go out."""
