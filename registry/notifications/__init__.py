"""What operators were told, and what is to be told yet."""
