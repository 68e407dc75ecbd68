"""What is no longer in the database because its month was archived, and who says so.

`registry/keeping/old_months.py` takes months out whole: an import's rows and issues, and later the
changes that it made to patients. The import itself stays, with its attempts and their counts.
"""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from psycopg import Connection

from registry.database.month_partitions import start_of_month
from registry.ids import first_id_at
from schemas.errors import NotAllowed

WHERE_TO_LOOK = "docs/tasks/keep-and-prune.md says where they are and how they come back"

_NEWEST = """
SELECT max(received_at) FROM import
WHERE account_id = %s AND history_archived_at IS NOT NULL
"""


def rows_archived_at(connection: Connection, import_id: UUID) -> datetime | None:
    """When the rows and issues of an import were archived; None while they are here."""
    found = connection.execute("SELECT rows_archived_at FROM import WHERE id = %s", (import_id,))
    row = found.fetchone()
    return row[0] if row else None


def require_rows(connection: Connection, import_id: UUID, key: str) -> None:
    """Refuse what needs the rows of an import whose month was archived.

    Raises:
        NotAllowed: they are not here any more; the message says where to look.
    """
    archived_at = rows_archived_at(connection, import_id)
    if archived_at is not None:
        raise NotAllowed(
            f"the rows of import {key} were archived on {archived_at:%Y-%m-%d}, being old",
            advice=f"ROSTERLINE_KEEP_ROWS_DAYS says when; {WHERE_TO_LOOK}",
        )


def history_since(
    connection: Connection, account_id: int, patient_id: UUID | None = None
) -> datetime | None:
    """Since when the account's history is here, to a month; None: all of it, or of this patient."""
    ((newest,),) = connection.execute(_NEWEST, (account_id,)).fetchall()
    since = start_of_month(newest, 1) if newest else None
    is_younger = since and patient_id and patient_id >= first_id_at(since)
    return None if is_younger else since


def require_history(connection: Connection, account_id: int, patients: Sequence[UUID]) -> None:
    """Refuse what works values out from the history where that of one of the patients is not whole.

    A patient's id is a UUIDv7 of the first import, which says since when there is a history.

    Raises:
        NotAllowed: changes of a patient were archived.
    """
    since = history_since(connection, account_id)
    if since is None:
        return
    older = [each for each in patients if each < first_id_at(since)]
    if older:
        raise NotAllowed(
            f"it would need the history of {len(older):,} patients from before {since:%Y-%m-%d}, "
            "which was archived because of its age",
            advice=f"ROSTERLINE_KEEP_HISTORY_DAYS says when; {WHERE_TO_LOOK}",
        )
