"""Files that are not imported and stay where they are.

Programs laid them beside rosters, they have a temporary name, are too large, or may not be read.
"""

from collections.abc import Iterable
from datetime import datetime

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, record

NAMES = ("thumbs.db", "ehthumbs.db", "desktop.ini", ".ds_store")
PREFIXES = ("~$", "._", ".~lock.")
SUFFIXES = (".done", ".md5", ".sha256")
NOT_IMPORTED = "a file that a program lays beside a roster; it is not imported"
TEMPORARY_NAME = (
    "its name says that it is still being sent, so it is not imported; give it a name without a "
    "dot in front, and without .part, .filepart, .tmp or ~ at the end"
)
"""Of a file whose name is temporary, and stayed so."""

TOO_LARGE = "it is larger than a file may be, so it is not imported; split it"
NOT_READABLE = (
    "Rosterline may not read it, so it is not imported; give everybody, or Rosterline's user, the "
    "right to read it"
)
LEFT_IN_PENDING = (NOT_IMPORTED, TEMPORARY_NAME, TOO_LARGE, NOT_READABLE)
"""All that the record of uploads may say of a file which is still in Pending."""


def is_helper(name: str) -> bool:
    """Whether a program made a file of this name for itself, or for checking another file.

    Example:
        `Thumbs.db`, `~$roster.xlsx`, `.~lock.roster.csv#`, and `roster.csv.md5`.
    """
    lower = name.lower()
    return lower in NAMES or lower.startswith(PREFIXES) or lower.endswith(SUFFIXES)


def note_names(
    connection: Connection,
    account: Account,
    names: Iterable[str],
    why: str,
    *,
    is_upload: bool = False,
) -> list[datetime]:
    """Say in the activity log why these files are not imported; the caller commits.

    It is said once for each name, however often the folder is scanned; `is_upload`: they came just
    now, so that it is said again. Returns when it was said.
    """
    noted: list[datetime] = []
    for name in names:
        if is_upload or not _is_noted(connection, account, name, why):
            record(connection, AccessEvent("upload", account.id, file_name=name, detail=why))
            row = connection.execute("SELECT now()").fetchone()  # of the transaction, as `at` is
            noted += row or ()
    return noted


def _is_noted(connection: Connection, account: Account, name: str, why: str) -> bool:
    known = connection.execute(
        "SELECT FROM access_event WHERE account_id = %s AND file_name = %s AND detail = %s",
        (account.id, name, why),
    ).fetchone()
    return known is not None
