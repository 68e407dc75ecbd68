"""Which imports' patients are still to be held against the registry, in search of duplicates.

An attempt is wanted once it is applied, because its change set says so; a dry run has none. It is
due when its import is completed, and no longer wanted when it was undone.
"""

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

import polars as pl
from psycopg import Connection
from psycopg.rows import class_row

from registry.database.bulk_copy import copy_out
from registry.database.statements import Statements

_SQL = Statements(__file__)


@dataclass(frozen=True)
class DueSearch:
    """An import with an attempt whose patients were not searched for; `attempt` is the last."""

    partition_key: str
    account_id: int
    attempt: int


def due_searches(
    connection: Connection, limit: int, under_way: Collection[str] = ()
) -> list[DueSearch]:
    """Imports whose patients are to be searched for, accounts in turns, the oldest first.

    Accounts with an import `under_way`, by its partition key, are left out: a run works on them.
    """
    with connection.cursor(row_factory=class_row(DueSearch)) as cursor:
        asked = {"limit": limit, "under_way": list(under_way)}
        return cursor.execute(_SQL["list_due_searches"], asked).fetchall()


def patients_to_search(connection: Connection, import_id: UUID, *, again: bool) -> pl.DataFrame:
    """Patients whom attempts in effect created or changed, and who are still in the registry.

    Only of attempts that were not searched for yet, unless `again`. Each patient is there once,
    with the `attempt` and `line` of the last row that is about them.
    """
    about = {"import_id": import_id, "again": again}
    return copy_out(connection, _SQL["list_patients_to_search"], about)


def note_searched(connection: Connection, import_id: UUID) -> None:
    """Note that the import's attempts so far were searched for; the caller commits."""
    connection.execute(_SQL["note_searched"], {"import_id": import_id})
