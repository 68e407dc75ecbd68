"""The doors: how files come in from outside, and how senders are answered."""
