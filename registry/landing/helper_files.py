"""Files that programs lay beside rosters: they stay where they are and are never imported."""

from collections.abc import Iterable

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.accounts.activity_log import AccessEvent, record

NAMES = ("thumbs.db", "desktop.ini", ".ds_store")
PREFIXES = ("~$", "._")
SUFFIXES = (".done", ".md5", ".sha256")
NOT_IMPORTED = "a file that a program lays beside a roster; it is not imported"


def is_helper(name: str) -> bool:
    """Whether a program made a file of this name for itself, or for checking another file.

    Example:
        `Thumbs.db`, `~$roster.xlsx`, and `roster.csv.md5`.
    """
    lower = name.lower()
    return lower in NAMES or lower.startswith(PREFIXES) or lower.endswith(SUFFIXES)


def note_helpers(connection: Connection, account: Account, names: Iterable[str]) -> None:
    """Say in the activity log, once for each name, that it is not imported; the caller commits."""
    for name in names:
        known = connection.execute(
            "SELECT FROM access_event WHERE account_id = %s AND file_name = %s AND detail = %s",
            (account.id, name, NOT_IMPORTED),
        ).fetchone()
        if known is None:
            record(
                connection,
                AccessEvent("upload", account.id, file_name=name, detail=NOT_IMPORTED),
            )
