"""Requests that lead to an import: bulk creates of the API, submissions at the portal."""
