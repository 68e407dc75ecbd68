"""The members of an archive that was unpacked, and what became of them together."""

from collections.abc import Sequence
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.ledger.imports import IMPORT_COLUMNS, Import
from registry.ledger.moves import IMPORT_IS_UNDER_WAY

NOT_OVER = (*IMPORT_IS_UNDER_WAY, "held")
"""The states of a member for which its archive is not over."""


def list_members(connection: Connection, archive_id: UUID) -> list[Import]:
    """The imports of an archive's members, in their order; none where it is none."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE parent_id = %s ORDER BY ordered_at, id",
            (archive_id,),
        ).fetchall()


def archive_of(connection: Connection, imported: Import) -> Import:
    """The import of the archive in which this one is a member, else itself."""
    if imported.parent_id is None:
        return imported
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        (found,) = cursor.execute(
            f"SELECT {IMPORT_COLUMNS} FROM import WHERE id = %s", (imported.parent_id,)
        ).fetchall()
    return found


def state_of(members: Sequence[Import]) -> str:
    """What an archive is, seen as one file: the state that its members make up.

    `processing` until all of them are over, then `completed` if one of them is, else what the first
    one is.
    """
    states = [member.state for member in members]
    if any(state in NOT_OVER for state in states):
        return "processing"
    return "completed" if "completed" in states else states[0]
