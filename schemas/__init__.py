"""What the data is: formats, the canonical patient, rules and result layouts. No I/O."""
