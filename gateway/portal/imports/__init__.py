"""Imports: check a file, import it, see what became of each row, download results, undo."""
