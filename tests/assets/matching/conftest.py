"""A clinic that sends files, for tests of what matching decides."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from registry.accounts.accounts import add_account
from tests.files import care
from tests.importing import process, put
from tests.state import facts

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def send(database, connection, clinic, tmp_path):
    """Send a file of rows and process it; each is received an hour after the one before."""
    sent = []

    def send(*rows, **options):
        sent.append(rows)
        at = options.pop("received_at", NOON + timedelta(hours=len(sent)))
        imported = put(
            database, connection, clinic, care(*rows), folder=tmp_path, received_at=at, **options
        )
        return process(database, connection, imported)

    return send


@pytest.fixture
def facts_of(connection, clinic):
    return partial(_only_facts, connection, clinic)


def _only_facts(connection, account, patient_id):
    return facts(connection, account.id)[str(patient_id)]
