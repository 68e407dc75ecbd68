"""The first screen: what came, what failed and why, what waits for the user, a file to import."""
