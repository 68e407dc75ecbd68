"""The rows of a check or an import: shown as a table, and as a person corrects them."""
