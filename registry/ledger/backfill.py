"""Which imports a backfill takes: those that are named, or those of an account's days."""

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ledger.archived_months import require_rows
from registry.ledger.imports import IMPORT_COLUMNS, Import, get_import
from registry.ledger.moves import IMPORT_IS_UNDER_WAY, IMPORT_WAS_RUN
from registry.ledger.states import UNPACKED
from schemas.errors import NotAllowed, NotFound

_SQL = Statements(__file__)


def named_imports(connection: Connection, keys: Sequence[str]) -> list[Import]:
    """The imports with these ids or keys, the first received first.

    Raises:
        NotFound: there is no such import.
        NotAllowed: one is not over yet, was never imported, was archived, or is a dry run.
    """
    found = {each.id: each for each in (get_import(connection, key) for key in keys)}
    for imported in found.values():
        _require_over(imported)
        require_rows(connection, imported.id, imported.partition_key)
        if imported.dry_run:
            raise NotAllowed(
                f"import {imported.partition_key} is a dry run and changed no patient; there is "
                "nothing to run again, import its file instead"
            )
    return sorted(found.values(), key=lambda each: (each.ordered_at, each.id))


def imports_of_days(
    connection: Connection, account: Account, first: date, last: date
) -> list[Import]:
    """What the account sent from `first` to `last`, both included, in days of the account's zone.

    The first received first; dry runs, and what was cancelled or expired, are left out.

    Raises:
        NotFound: nothing was received on these days.
        NotAllowed: the days are the wrong way round, or something of them is not over yet or was
            archived.
    """
    if last < first:
        raise NotAllowed(f"the days end before they begin: from {first} to {last}")
    with connection.cursor(row_factory=class_row(Import)) as cursor:
        found = cursor.execute(
            _SQL["imports_of_days"].format(columns=IMPORT_COLUMNS),
            {
                "account": account.id,
                "start": _began(account, first),
                "stop": _began(account, last + timedelta(days=1)),
                "states": [*IMPORT_WAS_RUN, *IMPORT_IS_UNDER_WAY],
            },
        ).fetchall()
    for imported in found:
        _require_over(imported)
        require_rows(connection, imported.id, imported.partition_key)
    if not found:
        raise NotFound(
            f"account {account.name!r} sent nothing from {first} to {last} ({account.time_zone})",
            advice=f"`rosterline status --account {account.name}` lists what it sent",
        )
    return found


def _began(account: Account, day: date) -> datetime:
    return datetime.combine(day, time(), account.zone).astimezone(UTC)


def _require_over(imported: Import) -> None:
    if imported.state in IMPORT_IS_UNDER_WAY:
        raise NotAllowed(
            f"import {imported.partition_key} is {imported.state}; wait until it is over",
            advice="`rosterline process-pending` runs what waits",
        )
    if imported.state == UNPACKED:
        raise NotAllowed(
            f"import {imported.partition_key} is an archive; its members are imports of their own",
            advice=f"`rosterline status {imported.partition_key[-10:]}` lists them",
        )
    if imported.state not in IMPORT_WAS_RUN:
        raise NotAllowed(
            f"import {imported.partition_key} is {imported.state} and was never imported; send "
            "the file again"
        )
