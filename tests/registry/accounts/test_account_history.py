"""What an account was before a change stays known; imports, which count a version, add nothing."""

from uuid import UUID

from registry.accounts.accounts import add_account, change_settings
from registry.database.account_lock import count_version
from registry.database.row_level_security import as_account


def history_of(connection, account):
    return connection.execute(
        "SELECT time_zone, settings FROM account_history WHERE account_id = %s ORDER BY valid_from",
        (account.id,),
    ).fetchall()


def test_a_new_account_begins_its_history(connection):
    account = add_account(connection, "clinic", "thoroughcare", "America/New_York")
    assert history_of(connection, account) == [("America/New_York", {})]
    assert connection.execute(
        "SELECT account.created_at = account_history.valid_from"
        " FROM account JOIN account_history ON account_id = id"
    ).fetchall() == [(True,)]


def test_each_change_is_kept_also_several_in_one_transaction(connection):
    account = add_account(connection, "clinic", "thoroughcare", "America/New_York")
    change_settings(connection, account, {"lenient": True})
    connection.execute("UPDATE account SET time_zone = 'Asia/Tokyo' WHERE id = %s", (account.id,))
    assert history_of(connection, account) == [
        ("America/New_York", {}),
        ("America/New_York", {"lenient": True}),
        ("Asia/Tokyo", {"lenient": True}),
    ]


def test_what_is_no_change_and_the_version_of_imports_add_nothing(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    change_settings(connection, account, {})
    count_version(connection, account.id, UUID(int=1))
    connection.execute("UPDATE account SET time_zone = 'UTC' WHERE id = %s", (account.id,))
    assert len(history_of(connection, account)) == 1


def test_a_setting_changed_in_the_portal_is_kept_too(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    with as_account(connection, account.id):
        change_settings(connection, account, {"lenient": True})
    assert history_of(connection, account)[-1] == ("UTC", {"lenient": True})
