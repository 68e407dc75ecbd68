"""OpenLineage events of attempts that are over, written to a file and sent to a collector."""
