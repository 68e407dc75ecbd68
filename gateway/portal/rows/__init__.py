"""The rows of a check or an import: shown as a table, corrected in place, imported anew."""
