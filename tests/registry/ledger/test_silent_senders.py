"""Which senders are silent: a table of what they sent how many days ago."""

from datetime import timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER, silent_senders
from tests.clock import days_ago
from tests.importing import put

pytestmark = pytest.mark.dated


@pytest.mark.parametrize(
    ("sent", "changes", "silent"),
    [
        # every night, and last night too
        ([3, 2, 1], {}, None),
        ([12, 10, 8, 3], {}, None),
        # every night until some days ago
        ([7, 6, 5], {}, False),
        ([40, 39, 38, 15], {}, None),
        ([17, 16, 15], {}, True),
        # gone, it seems
        ([63, 62, 61], {}, None),
        # never a regular sender
        ([6, 5], {}, None),
        ([6, 5.02, 5.01, 5], {}, None),
        # no night is promised
        ([7, 6, 5], {"cadence": "on_arrival"}, None),
    ],
)
def test_a_nightly_sender_is_silent_who_sent_regularly_and_stopped(
    migrated, connection, tmp_path, sent, changes, silent
):
    account = add_account(connection, "clinic", "ptdirect", **changes)
    noon = days_ago(0, "12:00")
    for days in sent:
        received_at = noon - timedelta(days=days)
        put(migrated, connection, account, f"{days}", folder=tmp_path, received_at=received_at)
    found = silent_senders(connection)
    assert [(each.account, each.is_long) for each in found] == (
        [] if silent is None else [("clinic", silent)]
    )
    if found:
        assert found[0].last_at == noon - timedelta(days=sent[-1])


def test_a_dry_run_is_no_sign_of_life(migrated, connection, tmp_path):
    account = add_account(connection, "clinic", "ptdirect")
    noon = days_ago(0, "12:00")
    for days in (7, 6, 5, 0):
        put(migrated, connection, account, f"{days}", folder=tmp_path, dry_run=days == 0,
            received_at=noon - timedelta(days=days))  # fmt: skip
    assert [each.account for each in silent_senders(connection)] == ["clinic"]


def test_the_longest_silent_one_is_told_first(migrated, connection, tmp_path):
    noon = days_ago(0, "12:00")
    for name, last in (("a", 5), ("b", 9)):
        account = add_account(connection, name, "ptdirect")
        for days in range(last + 3, last - 1, -1):
            put(migrated, connection, account, f"{name}{days}", folder=tmp_path,
                received_at=noon - timedelta(days=days))  # fmt: skip
    assert [each.account for each in silent_senders(connection)] == ["b", "a"]


def test_a_weekend_is_no_silence():
    assert timedelta(days=3) < EXPECTED_WITHIN < MISSED_AFTER
