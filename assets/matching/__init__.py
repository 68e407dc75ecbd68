"""Who each row is and what it would change, decided against the registry as it is now.

Used by stage `matched_patients`, by stage `patients` when the registry changed in between, and by
the preview of an import. Nothing here writes to the registry.
"""
