"""What SFTP had in folders of this home goes into the store, once a bucket is set.

`rosterline move-to-bucket` copies the archive before. What senders put into the drop folder by
other ways stays there: it is a drop folder as before.
"""

from pathlib import Path

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.landing.drop_folder import PENDING, RESULTS, account_folder
from registry.landing.pending_imports import lock_drop
from registry.landing.pending_in_store import results_prefix
from registry.landing.taking_out import Taken, TakenFile, take_file
from registry.landing.upload_record import NAME
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors


def adopt_folders(connection: Connection, settings: Settings, account: Account) -> None:
    """Let files that wait since they came by SFTP wait in the store; copy the records. Commits.

    Only files that are here, with the bytes that are archived: another server may have others.

    Raises:
        StorageUnavailable: a folder cannot be written, or the store does not answer.
    """
    root = account_folder(settings, account)
    if not (root / PENDING).is_dir():
        return
    lock_drop(connection, account)
    with connection.cursor(row_factory=class_row(TakenFile)) as cursor:
        waiting = cursor.execute(
            "SELECT id::text AS import_id, drop_name AS name, sha256, byte_count FROM import"
            " WHERE account_id = %s AND source = 'sftp' AND drop_place = 'folder'"
            " AND drop_name IS NOT NULL",
            (account.id,),
        ).fetchall()
    for each in waiting:
        with storage_errors("take a file out", root):
            taken = take_file(root / PENDING, each)
        if taken in (Taken.REMOVED, Taken.HELD):
            connection.execute(
                "UPDATE import SET drop_place = 'store' WHERE id = %s", (each.import_id,)
            )
    connection.commit()
    _copy_records(settings, account, root / RESULTS)


def _copy_records(settings: Settings, account: Account, results: Path) -> None:
    store, prefix = store_of(settings), results_prefix(account)
    with storage_errors("copy the records of uploads", store.place_of(prefix)):
        for path in results.glob(NAME.format(day="*")):
            if store.find(f"{prefix}/{path.name}") is None:
                store.put(f"{prefix}/{path.name}", path.read_bytes())
