"""The activity log: what is recorded, and how it is listed."""

from registry.accounts.accounts import add_account
from registry.accounts.activity_log import AccessEvent, list_events, record


def test_an_event_is_listed_with_all_that_was_recorded(connection):
    account = add_account(connection, "acme", "thoroughcare")
    event = AccessEvent(
        "upload",
        account_id=account.id,
        user_name="ada",
        address="203.0.113.7",
        refused=True,
        file_name="a.csv",
        byte_count=12,
        detail="the file is too large",
        door="portal",
    )
    record(connection, event)
    (listed,) = list_events(connection)
    assert listed.at is not None
    assert {**vars(listed), "at": None} == vars(event)


def test_events_are_listed_newest_first_and_by_account(connection):
    acme, globex = (add_account(connection, each, "thoroughcare") for each in ("acme", "globex"))
    for account, name in ((acme, "a.csv"), (globex, "b.csv"), (acme, "c.csv")):
        record(connection, AccessEvent("upload", account_id=account.id, file_name=name))
    assert [each.file_name for each in list_events(connection)] == ["c.csv", "b.csv", "a.csv"]
    assert [e.file_name for e in list_events(connection, account_id=acme.id)] == ["c.csv", "a.csv"]
    assert [each.file_name for each in list_events(connection, limit=1)] == ["c.csv"]
    assert all(each.at for each in list_events(connection))
