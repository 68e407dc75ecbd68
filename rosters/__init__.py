"""Reading rosters: encoding, delimiter, header and layout, from the bytes of a file alone."""
