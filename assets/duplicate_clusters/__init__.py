"""The sweep of an account's whole registry: groups of patients who may be one person."""
