"""Looking into all drop folders once, and taking in what is complete.

Accounts come in turn, the one with the fewest new files first, each with its share of the time. So
nobody waits for all the files of another.
"""

import logging
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.landing import drop_folder
from registry.landing.observations import read_observations, write_observations
from registry.landing.stability import FolderScan, Observations
from registry.settings import Settings
from schemas.errors import StorageUnavailable

logger = logging.getLogger(__name__)

ARCHIVE_SECONDS = 10.0
"""For taking files in during one look; then new files of all accounts are looked for again."""


def look(
    connection: Connection,
    settings: Settings,
    accounts: Sequence[Account],
    seconds: float = ARCHIVE_SECONDS,
) -> None:
    """Take in the complete files of these accounts, for about so many seconds at most."""
    end = time.monotonic() + seconds
    looks = [_look(settings, each) for each in accounts]
    waiting = sorted((look for look in looks if look is not None), key=_count_new)
    for place, each in enumerate(waiting):
        now = time.monotonic()
        share = max(end - now, 0.0) / (len(waiting) - place)
        seen = _register_of(connection, settings, each, now + share)
        write_observations(settings, each.account.name, seen, each.before)


class _Look(NamedTuple):
    """One look into an account's Pending folder, and what was seen before it."""

    account: Account
    scan: FolderScan
    before: Observations


def _look(settings: Settings, account: Account) -> _Look | None:
    # An account that only uses the API has no drop folder.
    if not drop_folder.account_folder(settings, account).exists():
        return None
    before = read_observations(settings, account.name)
    try:
        scan = drop_folder.scan_pending(settings, account, before, time.monotonic())
    except StorageUnavailable as error:
        # Files of this account wait for the next look; the other accounts are registered.
        logger.warning("a drop folder cannot be read: account=%s %s", account.name, error.code)
        return None
    return _Look(account, scan, before)


def _count_new(look: _Look) -> int:
    return sum(look.scan.seen[each.key].registered is None for each in look.scan.ready)


def _register_of(
    connection: Connection, settings: Settings, look: _Look, until: float
) -> Observations:
    try:
        return drop_folder.register_ready(
            connection, settings, look.account, look.scan, lambda: datetime.now(UTC), until=until
        )
    except StorageUnavailable as error:
        logger.warning("a drop folder cannot be read: account=%s %s", look.account.name, error.code)
        connection.rollback()
        return look.before
