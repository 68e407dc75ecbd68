"""What an import's end does to its sender's Pending and results, wherever those are."""

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing import drop_bucket, drop_folder, pending_in_store
from registry.landing.pending_imports import lock_drop
from registry.ledger.held_files import find_held
from registry.ledger.imports import Import
from registry.ledger.members import NOT_OVER, archive_of, list_members
from registry.settings import Settings
from schemas.errors import StorageUnavailable

logger = logging.getLogger(__name__)

Publish = Callable[[str, Path], bool]
"""Puts a file under a name, and says whether it is there; False: another one has the name.

Raises:
    StorageUnavailable: folder or bucket cannot be written.
"""


def take_out(connection: Connection, settings: Settings, imported: Import) -> bool:
    """Remove an import's file from Pending: its result is durable. Commits.

    An archive goes with the last of its members. To be called before the import is completed.
    Returns whether a file was taken. Safe to call again after a kill.

    Raises:
        StorageUnavailable: folder or bucket cannot be written.
    """
    if imported.parent_id is not None:
        members = list_members(connection, imported.parent_id)
        if any(each.state in NOT_OVER and each.id != imported.id for each in members):
            return False
        imported = archive_of(connection, imported)
    if imported.drop_name is None:
        return False
    place = _place(connection, imported)
    if place == "folder":
        return drop_folder.take_out(connection, settings, imported)
    if place == "bucket":
        return drop_bucket.take_out(connection, settings, imported)
    connection.execute("UPDATE import SET drop_name = NULL WHERE id = %s", (imported.id,))
    connection.commit()
    return True


def publisher(
    connection: Connection, settings: Settings, account: Account, imported: Import
) -> Publish | None:
    """What puts an import's result where its sender fetches it.

    None where nothing is to be done: the file came by another way than Pending, or SFTP shows what
    ledger and store have.
    """
    place = _place(connection, imported)
    if place == "bucket":
        return partial(drop_bucket.publish, settings, account)
    is_of_sftp = imported.source == "sftp"
    if imported.source != "drop" and not is_of_sftp:
        return None
    if place == "store" or (settings.store_url and is_of_sftp):
        return None
    return partial(drop_folder.publish, settings, account)


def record_held(
    connection: Connection, settings: Settings, account: Account, imported: Import
) -> None:
    """Tell the sender of a held file in the record of uploads, until it has its result. Commits.

    Nothing is done for an import that never was held, or that came by another way than Pending. A
    record that cannot be written is logged.
    """
    if imported.source not in ("sftp", "drop") or find_held(connection, imported.id) is None:
        return
    place = _place(connection, imported)
    keep = drop_folder.keep_record
    if place == "bucket":
        keep = drop_bucket.keep_record
    elif place == "store" or (settings.store_url and imported.source == "sftp"):
        keep = pending_in_store.keep_record
    lock_drop(connection, account)
    try:
        keep(connection, settings, account, [imported.received_at])
    except StorageUnavailable as error:
        logger.warning("a held file is not in the record: import=%s %s", imported.id, error.code)
    connection.commit()


def _place(connection: Connection, imported: Import) -> str:
    row = connection.execute(
        "SELECT drop_place FROM import WHERE id = %s", (imported.id,)
    ).fetchone()
    return str(row[0]) if row else "folder"
