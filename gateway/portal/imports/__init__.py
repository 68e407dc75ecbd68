"""The portal: check, import, results, undo."""
