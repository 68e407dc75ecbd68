"""The portal: an account's settings, users and keys."""
