"""`rosterline demo --nights`: three nights and a broken file, to practise a morning with.

docs/tasks/first-morning.md works through them.
"""

from collections.abc import Sequence
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

from cli.home import registry
from registry.accounts.accounts import Account, add_account, list_accounts
from registry.landing.receive import receive
from registry.ledger.imports import Import
from registry.settings import Settings
from schemas.errors import NotAllowed

if TYPE_CHECKING:
    from synthetic.nights import NightFile

EVENING = time(21, tzinfo=UTC)


def enter_nights(settings: Settings, now: datetime) -> list[Import]:
    """Enter the files as received on the evenings before `now`; their midnights are over.

    Raises:
        NotAllowed: an account of that name is there already, or this is not a checkout.
    """
    files = _files()
    with registry(settings) as connection, TemporaryDirectory() as folder:
        taken = {each.name for each in list_accounts(connection)}
        if names := sorted(taken & {each.account for each in files}):
            raise NotAllowed(
                f"there is an account {names[0]} already; use an empty home for practice, for "
                "example ROSTERLINE_HOME=/tmp/practice"
            )
        accounts: dict[str, Account] = {}
        entered = []
        for each in files:
            if each.account not in accounts:
                accounts[each.account] = add_account(connection, each.account, each.format_name)
            path = Path(folder) / each.name
            path.write_bytes(each.content)
            day = now.astimezone(UTC).date() - timedelta(days=each.nights_ago)
            at = datetime.combine(day, EVENING)
            entered.append(
                receive(
                    connection, settings, accounts[each.account], path, source="cli", received_at=at
                )
            )
    return entered


def _files() -> "Sequence[NightFile]":
    try:
        from synthetic.nights import night_files  # noqa: PLC0415 - not installed
    except ModuleNotFoundError as error:
        raise NotAllowed(
            "synthetic/ makes the files, which only a checkout has; run this in one"
        ) from error
    return list(night_files())
