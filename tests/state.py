"""The contents of the registry, in shapes that tests can compare."""

from collections import defaultdict
from typing import Any

from psycopg import Connection

from registry.tables.all_tables import metadata
from schemas.canonical import PARTS, SCALARS

Facts = dict[str, dict[str, str]]
"""By patient id: address of fact to value."""

OF_THE_CLOCK = frozenset(
    {"created_at", "started_at", "finished_at", "seconds", "sequence", "run_id", "claims"}
)
"""Columns that differ between two imports of one file even if nothing else happens."""


def facts(connection: Connection, account_id: int) -> Facts:
    """All facts of an account's patients, read from the tables of the registry."""
    found: Facts = defaultdict(dict)
    names = [scalar.name for scalar in SCALARS]
    columns = ", ".join(f"{name}::text" for name in names)
    rows = connection.execute(
        f"SELECT id::text, {columns} FROM patient WHERE account_id = %s", (account_id,)
    ).fetchall()
    for patient, *values in rows:
        found[patient] = {n: v for n, v in zip(names, values, strict=True) if v is not None}
    for part in PARTS:
        for name in part.attributes:
            items = connection.execute(
                f"SELECT patient_id::text, item, {name}::text FROM {part.table}"
                f" WHERE {name} IS NOT NULL AND patient_id = ANY(%s::uuid[])",
                (list(found),),
            ).fetchall()
            for patient, item, value in items:
                found[patient][f"{part.name}/{item}/{name}"] = value
    return dict(found)


def replayed(connection: Connection, account_id: int) -> Facts:
    """The facts that follow from the history: all changes in turn, the oldest first.

    Raises:
        AssertionError: the old value of a change is not the value that the changes before it left.
    """
    found: Facts = defaultdict(dict)
    rows = connection.execute(
        "SELECT full_change.patient_id::text, full_change.changes FROM full_change"
        " JOIN patient ON patient.id = full_change.patient_id WHERE patient.account_id = %s"
        " ORDER BY full_change.registry_version, full_change.line",
        (account_id,),
    ).fetchall()
    for patient, changes in rows:
        for address, (old, new) in changes.items():
            assert found[patient].pop(address, None) == old, address
            if new is not None:
                found[patient][address] = new
    return dict(found)


def dump(connection: Connection) -> dict[str, list[dict[str, Any]]]:
    """All rows of all tables, without the columns that the clock or a sequence fills."""
    tables = {}
    for table in metadata.sorted_tables:
        if table.name == "attempt_stage":
            continue  # how long stages took
        columns = [c.name for c in table.columns if c.name not in OF_THE_CLOCK]
        # As jsonb, because the order of keys says nothing.
        casts = {c.name: "::jsonb::text" if "JSON" in str(c.type) else "::text" for c in table.c}
        listed = ", ".join(f"{name}{casts[name]}" for name in columns)
        rows = connection.execute(f'SELECT {listed} FROM "{table.name}" ORDER BY {listed}')
        tables[table.name] = [dict(zip(columns, row, strict=True)) for row in rows]
    return tables
