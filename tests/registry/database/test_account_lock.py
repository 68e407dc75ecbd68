"""One writer of an account's patients at a time, and the numbers that order what they wrote."""

import psycopg
import pytest

from registry.accounts.accounts import account_by_id, add_account
from registry.database.account_lock import count_version, lock_account, next_version
from registry.database.connections import connect


@pytest.fixture
def account(connection):
    made = add_account(connection, "harbor", "metriport")
    connection.commit()
    return made


def test_another_writer_waits_until_the_first_transaction_ends(connection, account, database):
    lock_account(connection, account.id)
    with connect(database) as other:
        other.execute("SET LOCAL lock_timeout = '100ms'")
        with pytest.raises(psycopg.errors.LockNotAvailable):
            lock_account(other, account.id)
        other.rollback()
        connection.rollback()
        lock_account(other, account.id)


def test_writers_of_other_accounts_do_not_wait(connection, account, database):
    lock_account(connection, account.id)
    with connect(database) as other:
        other.execute("SET LOCAL lock_timeout = '100ms'")
        lock_account(other, account.id + 1)


def test_a_version_counts_only_once_it_is_committed(connection, account):
    assert next_version(connection, account.id) == 1
    count_version(connection, account.id)
    assert next_version(connection, account.id) == 2
    connection.rollback()
    assert next_version(connection, account.id) == 1
    count_version(connection, account.id)
    connection.commit()
    assert account_by_id(connection, account.id).registry_version == 1
