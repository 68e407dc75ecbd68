"""Receiving files: the archive, drop folders, and when a file is complete."""
