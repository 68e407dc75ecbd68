"""The marts: dbt's models as assets, in a code location of their own.

Importing dagster-dbt takes about as much processor time as importing everything else, and each run
loads its code location: a file of ten rows would pay for marts that it does not build. The two
locations share asset keys and the database (docs/decisions/010-marts-and-lineage.md).
"""
