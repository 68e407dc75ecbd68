"""One writer of an account's patients at a time, and the numbers that order what they wrote."""

from uuid import UUID

import psycopg
import pytest

from registry.accounts.accounts import account_by_id, add_account
from registry.database.account_lock import (
    count_version,
    lock_account,
    matching_copy_lock,
    next_version,
)
from registry.database.connections import connect

CHANGE = UUID(int=7)


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
    count_version(connection, account.id, CHANGE)
    assert next_version(connection, account.id) == 2
    connection.rollback()
    assert next_version(connection, account.id) == 1
    count_version(connection, account.id, CHANGE)
    connection.commit()
    assert account_by_id(connection, account.id).registry_version == 1


def test_each_version_names_what_wrote_it(connection, account):
    for number in (1, 2):
        count_version(connection, account.id, UUID(int=number), attempt=number - 1)
    written = connection.execute(
        "SELECT registry_version, id, attempt FROM change_set ORDER BY registry_version"
    ).fetchall()
    assert written == [(1, UUID(int=1), 0), (2, UUID(int=2), 1)]


def test_a_second_user_of_a_matching_copy_waits_over_all_transactions_of_the_first(
    connection, account, database
):
    with connect(database) as other:
        other.execute("SET lock_timeout = '100ms'")
        other.commit()
        with matching_copy_lock(connection, account.id):
            connection.commit()
            with (
                pytest.raises(psycopg.errors.LockNotAvailable),
                matching_copy_lock(other, account.id),
            ):
                pass
            other.rollback()
            with matching_copy_lock(other, account.id + 1):
                pass
        with matching_copy_lock(other, account.id):
            pass


def test_a_matching_copy_is_free_again_after_an_error_of_postgresql(connection, account, database):
    with (
        pytest.raises(psycopg.errors.DivisionByZero),
        matching_copy_lock(connection, account.id),
    ):
        connection.execute("SELECT 1 / 0")
    with connect(database) as other:
        other.execute("SET lock_timeout = '100ms'")
        with matching_copy_lock(other, account.id):
            pass
