"""Imports of accounts, one after the other."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def receive(connection):
    """Enters an import of an account, each a minute after the one before."""
    minutes = count()

    def enter_one(account, received_at=None, byte_count=1, source="cli"):
        at = received_at or NOON + timedelta(minutes=next(minutes))
        arrival = Arrival(source, at, "roster.csv", account.format)
        imported = enter(connection, account, Archived("0" * 64, byte_count), arrival)
        connection.commit()
        return imported

    return enter_one
