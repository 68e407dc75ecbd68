"""Metrics and traces of the services, without any value of a patient and any name of a file."""
