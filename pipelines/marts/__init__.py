"""The marts: dbt's models as assets, in a code location of their own.

Importing dagster-dbt costs about as much processor time as all else of ours together, and each run
loads its code location: a file of ten rows would pay for marts that it does not touch. The two
locations meet in asset keys and in the database (docs/decisions/010-marts-and-lineage.md).
"""
