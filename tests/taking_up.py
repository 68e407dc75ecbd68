"""Imports in tests that a run has taken up and whose run has ended, or was never there."""

from psycopg import Connection

from registry.ledger.claims import release, take_up
from registry.ledger.due_imports import Batch, due_batches
from registry.ledger.imports import Import


def take_up_due(connection: Connection, *, limit: int = 50, **which: object) -> list[Batch]:
    """Take up the waiting imports that are due, as one run does, which then ends."""
    batches = due_batches(connection, limit=limit, **which)  # type: ignore[arg-type]
    return [tuple(_take_up(connection, each, "run") for each in batch) for batch in batches]


def take_up_again(connection: Connection, imported: Import) -> Import:
    """Take up an import that was cut off, as a further run does, which then ends."""
    return _take_up(connection, imported, f"run {imported.claims + 1}")


def _take_up(connection: Connection, imported: Import, run_id: str) -> Import:
    taken = take_up(connection, imported.partition_key, run_id, by_a_person=True)
    assert isinstance(taken, Import), taken
    release(connection, taken)
    return taken
