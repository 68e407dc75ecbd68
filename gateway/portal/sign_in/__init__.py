"""The portal: signing in, passwords, and the choice of an account."""
