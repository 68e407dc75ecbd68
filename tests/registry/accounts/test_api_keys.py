"""API keys: shown once, two at a time, revocable."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.api_keys import add_key, entered, list_keys, note_use, revoke_key
from registry.database.row_level_security import ROLE
from schemas.errors import NotAllowed, NotFound, UnknownKey

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)


@pytest.fixture
def account(connection):
    added = add_account(connection, "harbor", "metriport", cadence="on_arrival")
    connection.commit()
    return added


def enter(connection, secret):
    connection.commit()
    with entered(connection, secret) as caller:
        return caller


def test_a_key_belongs_to_its_account_and_has_its_scope(connection, account):
    key, secret = add_key(connection, account, "integration", "read", NOW)
    caller = enter(connection, secret)
    assert (caller.account, caller.key_id, caller.scope) == (account, key.id, "read")


def test_a_key_sees_only_the_rows_of_its_account(connection, account):
    add_account(connection, "bay", "metriport")
    _, secret = add_key(connection, account, "integration", "full", NOW)
    connection.commit()
    with entered(connection, secret):
        assert connection.execute("SELECT current_user").fetchone() == (ROLE,)
        assert connection.execute("SELECT name FROM account").fetchall() == [("harbor",)]
    assert len(connection.execute("SELECT name FROM account").fetchall()) == 2


def test_the_secret_is_nowhere_in_the_database(connection, account):
    _, secret = add_key(connection, account, "integration", "full", NOW)
    (row,) = connection.execute("SELECT api_key::text FROM api_key").fetchone()
    assert secret not in row
    assert secret[:9] in row


@pytest.mark.parametrize("wrong", ["", "rl_", "rl_nobody", "x" * 5000, "\udcff", "'; --"])
def test_a_wrong_key_opens_nothing(connection, account, wrong):
    add_key(connection, account, "integration", "full", NOW)
    with pytest.raises(UnknownKey):
        enter(connection, wrong)


def test_a_third_active_key_is_refused_until_one_is_revoked(connection, account):
    add_key(connection, account, "old", "full", NOW - timedelta(days=1))
    add_key(connection, account, "new", "full", NOW)
    with pytest.raises(NotAllowed, match="'old', 'new'; revoke one first"):
        add_key(connection, account, "third", "full", NOW)
    revoke_key(connection, account, "old", NOW)
    add_key(connection, account, "third", "full", NOW)
    assert len(list_keys(connection, account)) == 3


def test_a_revoked_key_opens_nothing_and_its_name_is_free_again(connection, account):
    _, secret = add_key(connection, account, "integration", "full", NOW)
    assert revoke_key(connection, account, "integration", NOW).revoked_at == NOW
    with pytest.raises(UnknownKey):
        enter(connection, secret)
    add_key(connection, account, "integration", "full", NOW)
    with pytest.raises(NotAllowed, match="already"):
        add_key(connection, account, "integration", "full", NOW)


def test_revoking_what_is_not_there_is_an_error(connection, account):
    with pytest.raises(NotFound):
        revoke_key(connection, account, "nobody", NOW)


@pytest.mark.parametrize("name", ["", " x", "a" * 61, "a\nb", "a\x00b"])
def test_a_malformed_name_is_refused(connection, account, name):
    with pytest.raises(NotAllowed):
        add_key(connection, account, name, "full", NOW)


def test_the_last_use_is_noted_to_the_minute(connection, account):
    _, secret = add_key(connection, account, "integration", "full", NOW)
    for seconds in (0, 30, 61):
        note_use(connection, enter(connection, secret), NOW + timedelta(seconds=seconds))
        (key,) = list_keys(connection, account)
        assert key.last_used_at == NOW + timedelta(seconds=61 if seconds == 61 else 0)
