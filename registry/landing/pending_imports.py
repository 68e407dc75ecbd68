"""The imports whose file is in Pending: which they are, and who may change them.

A name is one file's within a place (`import.drop_place`): the folder, Pending of SFTP on a store,
or a bucket that is a drop folder. An account may have all three.
"""

from datetime import datetime
from typing import Literal

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.receive import Arrival, only_facility
from registry.ledger.imports import IMPORT_COLUMNS, Import
from registry.ledger.members import list_members, state_of
from registry.ledger.moves import IMPORT_WAS_RUN
from registry.ledger.states import UNPACKED
from schemas.errors import NotAllowed

_SQL = Statements(__file__)

DropPlace = Literal["folder", "store", "bucket"]


def imports_in_pending(
    connection: Connection, account: Account, place: DropPlace = "folder"
) -> dict[str, Import]:
    """By name, the import that was made of the file that is in Pending."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        cursor.execute(
            _SQL["imports_in_pending"].format(columns=IMPORT_COLUMNS),
            {"account": account.id, "place": place},
        )
        return {imported.drop_name or "": imported for imported in cursor.fetchall()}


def import_in_pending(
    connection: Connection, account: Account, name: str, place: DropPlace = "folder"
) -> Import | None:
    """The import that was made of the file of this name in Pending."""
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        return cursor.execute(
            _SQL["import_in_pending"].format(columns=IMPORT_COLUMNS),
            {"account": account.id, "name": name, "place": place},
        ).fetchone()


def unprocessed_import(
    connection: Connection, account: Account, name: str, place: DropPlace = "folder"
) -> Import | None:
    """The same, for somebody who is about to change the file; locked until the transaction ends.

    Raises:
        NotAllowed: it is being processed.
    """
    # Locked: a run that claims the import now waits, and then finds the name that the file has.
    connection.execute(
        "SELECT FROM import WHERE account_id = %s AND drop_name = %s FOR UPDATE",
        (account.id, name),
    )
    known = import_in_pending(connection, account, name, place)
    if known is not None and known.state == "processing":
        raise NotAllowed("this file is being processed; its result follows")
    return known


def lock_drop(connection: Connection, account: Account) -> None:
    """Let one transaction at a time decide about an account's Pending; held until it ends."""
    # Not a lock of the account's row: applying an import holds that one until it is done.
    connection.execute(
        "SELECT pg_advisory_xact_lock(hashtext('rosterline drop'), %s)", (account.id,)
    )


def is_ours_to_take(connection: Connection, imported: Import) -> bool:
    """Whether the file was not taken out before, and no other import was made of its name."""
    row = connection.execute(_SQL["file_is_still_of_import"], {"id": imported.id}).fetchone()
    return row is not None and bool(row[0])


def is_answered(connection: Connection, imported: Import) -> bool:
    """Whether an import is over and needs its file in Pending no more.

    An archive is over once all its members are.
    """
    if imported.state == UNPACKED:
        return state_of(list_members(connection, imported.id)) != "processing"
    if imported.state not in IMPORT_WAS_RUN:
        return False
    row = connection.execute(
        "SELECT 1 FROM result_file WHERE import_id = %s AND sha256 IS NOT NULL", (imported.id,)
    ).fetchone()
    return imported.state == "completed" or row is not None


def arrival_of(
    connection: Connection,
    account: Account,
    name: str,
    received_at: datetime,
    *,
    source: str,
    place: DropPlace = "folder",
) -> Arrival:
    """How a file came into Pending. There is no one to ask, so its rows name their facility."""
    return Arrival(
        source=source,
        received_at=received_at,
        file_name=name,
        format=account.format,
        default_facility_id=only_facility(connection, account, account.format),
        drop_name=name,
        drop_place=place,
    )
