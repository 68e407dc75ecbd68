"""Patients: search, and one patient with the origin of each value."""
