"""Queries for the documents of created or updated patients at the FHIR endpoint."""
