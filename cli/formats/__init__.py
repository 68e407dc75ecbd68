"""Commands for formats, templates and reference pages."""
