"""The record of uploads that have no result file, in the sender's folder of results.

The folder of results is the sender's log of uploads, and it would not be complete without the
uploads that were replaced or taken back before they were processed, those that are held for a
person, and the files that are no rosters, are too large or may not be read. They are in one file a
day, `Uploads not imported 2026-11-27.csv`, by the day in the account's zone on which they came. It
follows from the ledger and the activity log: it is written anew, longer by a line, whenever there
is one more. The line of a held file goes once the file has its result.
"""

import csv
import io
import logging
from collections.abc import Callable, Iterable
from datetime import date, datetime
from pathlib import Path

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.helper_files import LEFT_IN_PENDING
from registry.ledger.states import REPLACED_PREFIX, WITHDRAWN
from registry.store.durable_files import (
    draft_in,
    make_durable,
    result_mode,
    storage_errors,
    sync_folders,
)
from schemas.errors import StorageUnavailable

Keep = Callable[[str, bytes], None]
"""Keeps a record: its name, its content."""

NAME = "Uploads not imported {day}.csv"
"""No result is ever called so, because the name of a result begins with a date."""

HEADER = ("Received", "File", "Bytes", "What became of it")
REPLACED = "replaced by a newer upload of this name before it was processed"
TAKEN_BACK = "deleted or renamed before it was processed"
HELD = "not imported yet, because it is unlike your usual files; a person looks at it: "

_SQL = Statements(__file__)

logger = logging.getLogger(__name__)


def record_uploads(
    connection: Connection, account: Account, keep: Keep, received: Iterable[datetime]
) -> None:
    """Write the records of the days on which these uploads came; nothing if there are none.

    `keep` puts a record into the account's results. To be called under `lock_drop`, before the
    commit. A record that cannot be written is logged: the upload itself counts.
    """
    for day in sorted({each.astimezone(account.zone).date() for each in received}):
        try:
            keep(NAME.format(day=day.isoformat()), _text(_lines(connection, account, day)))
        except StorageUnavailable as error:
            logger.warning("uploads are not in the record: account=%s %s", account.name, error.code)


def keep_in_folder(folder: Path, name: str, content: bytes) -> None:
    """Put a record into a folder of results, in place of a shorter one.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with storage_errors("write the record of uploads", folder):
        folder.mkdir(parents=True, exist_ok=True)
        with draft_in(folder) as draft:
            draft.write(content)
            make_durable(draft, result_mode(folder)).replace(folder / name)
        sync_folders(folder)


def _lines(
    connection: Connection, account: Account, day: date
) -> list[tuple[datetime, str, int | None, str]]:
    return connection.execute(
        _SQL["list_uploads_not_imported"],
        {
            "account": account.id,
            "zone": account.time_zone,
            "day": day,
            "withdrawn": WITHDRAWN,
            "replaced": f"{REPLACED_PREFIX}%",
            "said_withdrawn": TAKEN_BACK,
            "said_replaced": REPLACED,
            "said_held": HELD,
            "not_imported": list(LEFT_IN_PENDING),
        },
    ).fetchall()


def _text(lines: list[tuple[datetime, str, int | None, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(HEADER)
    for received, name, byte_count, said in lines:
        at = received.isoformat(sep=" ", timespec="seconds")
        writer.writerow((at, _as_text(name), "" if byte_count is None else byte_count, said))
    return text.getvalue().encode()


def _as_text(name: str) -> str:
    """A name that a spreadsheet does not run as a formula."""
    return f"'{name}" if name.startswith(("=", "+", "-", "@", "\t", "\r")) else name
