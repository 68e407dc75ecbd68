"""Asking the FHIR endpoint for the documents of patients whom imports created or updated."""
