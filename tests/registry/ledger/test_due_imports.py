"""Which waiting imports are due, and how they are laid out in batches."""

import random
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ids import new_id
from registry.ledger.claims import take_up
from registry.ledger.due_imports import (
    BATCH_BYTES,
    FEW_FILES,
    batches_of,
    due_batches,
    last_midnight,
    unfinished,
)
from registry.ledger.imports import Import, get_import
from tests.taking_up import take_up_again, take_up_due

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def accounts(connection):
    return {
        "a": add_account(connection, "a", "thoroughcare", "America/New_York"),
        "b": add_account(connection, "b", "thoroughcare", "Asia/Tokyo"),
        "c": add_account(connection, "c", "metriport", "UTC", "on_arrival"),
    }


def keys(batches):
    return [[imported.partition_key for imported in batch] for batch in batches]


class TestWhatIsDue:
    def test_files_of_an_account_come_together_and_in_the_order_received(
        self, connection, accounts, receive
    ):
        a1, b1, a2 = receive(accounts["a"]), receive(accounts["b"]), receive(accounts["a"])
        (batch,) = due_batches(connection, limit=50)
        assert [each.id for each in batch] == [a1.id, a2.id, b1.id]
        assert {(each.state, each.claims) for each in batch} == {("waiting", 0)}

    def test_what_was_sent_at_the_portal_does_not_wait_for_the_night(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        sent = receive(accounts["a"], source="portal")
        (batch,) = due_batches(connection, limit=50, cadence="on_arrival")
        assert [each.id for each in batch] == [sent.id]

    def test_a_call_is_left_to_its_service_for_a_minute_and_then_waits_for_no_night(
        self, connection, accounts, receive
    ):
        call = receive(accounts["a"], source="api")
        connection.execute(
            "INSERT INTO patient_call (import_id, account_id) VALUES (%s, %s)",
            (call.id, accounts["a"].id),
        )
        for seconds, found in ((30, []), (90, [[call.partition_key]])):
            connection.execute(
                "UPDATE import SET ordered_at = now() - make_interval(secs => %s)", (seconds,)
            )
            assert keys(due_batches(connection, limit=50, cadence="on_arrival")) == found

    def test_looking_changes_nothing_and_finds_the_same_again(self, connection, accounts, receive):
        imported = receive(accounts["a"])
        first = due_batches(connection, limit=50)
        assert due_batches(connection, limit=50) == first
        assert get_import(connection, imported.partition_key) == imported

    def test_an_account_with_one_in_a_run_that_has_not_begun_waits_and_others_do_not(
        self, connection, accounts, receive
    ):
        queued, _ = receive(accounts["a"]), receive(accounts["a"])
        other = receive(accounts["b"])
        found = due_batches(connection, limit=50, under_way={queued.partition_key})
        assert keys(found) == [[other.partition_key]]

    def test_what_a_run_under_way_has_done_already_holds_no_file_of_its_account(
        self, connection, accounts, receive
    ):
        done = receive(accounts["a"])
        connection.execute("UPDATE import SET state = 'completed'")
        later = receive(accounts["a"])
        found = due_batches(connection, limit=50, under_way={done.partition_key})
        assert keys(found) == [[later.partition_key]]

    def test_accounts_of_zones_that_are_left_out_wait(self, connection, accounts, receive):
        receive(accounts["b"])
        a = receive(accounts["a"]).partition_key
        assert keys(due_batches(connection, limit=9, without_zones=["Asia/Tokyo"])) == [[a]]

    def test_an_account_with_one_in_processing_waits_and_others_do_not(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        take_up_due(connection)
        receive(accounts["a"])
        other = receive(accounts["b"])
        assert keys(due_batches(connection, limit=50)) == [[other.partition_key]]

    def test_of_an_account_with_too_many_the_first_ones_are_due(
        self, connection, accounts, receive
    ):
        received = [receive(accounts["a"]).partition_key for _ in range(5)]
        assert keys(due_batches(connection, limit=3)) == [received[:3]]
        take_up_due(connection, limit=3)
        connection.execute("update import set state = 'completed' where state = 'processing'")
        assert keys(due_batches(connection, limit=3)) == [received[3:]]

    def test_only_the_asked_zone_cadence_and_account(self, connection, accounts, receive):
        a, b, c = (receive(account).partition_key for account in accounts.values())
        assert keys(due_batches(connection, limit=9, zone="Asia/Tokyo")) == [[b]]
        assert keys(due_batches(connection, limit=9, cadence="on_arrival")) == [[c]]
        assert keys(due_batches(connection, limit=9, account=accounts["c"])) == [[c]]
        assert keys(due_batches(connection, limit=9, account=accounts["a"])) == [[a]]

    def test_one_file_of_another_account_is_in_a_batch_of_its_own_before_ten_thousand(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        connection.execute(
            "INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count,"
            " received_at, partition_key)"
            " SELECT gen_random_uuid(), account_id, format, source, file_name, sha256, byte_count,"
            " received_at, 'k' || n FROM import, generate_series(1, 9999) AS n"
        )
        connection.commit()
        late = receive(accounts["b"])
        batches = due_batches(connection, limit=50)
        assert [len(batch) for batch in batches] == [1, 50]
        assert keys(batches)[0] == [late.partition_key]

    @pytest.mark.dated
    def test_only_what_was_received_before_its_own_accounts_midnight_is_due(
        self, connection, accounts, receive
    ):
        # 05:00 UTC is midnight in New York and 14:00 in Tokyo, where the day began at 15:00 UTC.
        now = datetime(2026, 11, 22, 5, tzinfo=UTC)
        second = timedelta(seconds=1)
        new_york = receive(accounts["a"], now - second).partition_key
        receive(accounts["a"], now)
        tokyo = receive(accounts["b"], now - timedelta(hours=14) - second).partition_key
        receive(accounts["b"], now - timedelta(hours=14))
        early = now - second
        assert keys(due_batches(connection, limit=9, due_at=early)) == [[tokyo]]
        assert keys(due_batches(connection, limit=9, due_at=now)) == [[tokyo, new_york]]


def an_import(account_id, minute, byte_count):
    at = NOON + timedelta(minutes=minute)
    columns = {"format": "thoroughcare", "source": "cli", "file_name": "roster.csv", "sha256": "0"}
    state = {"state": "waiting", "reason": None, "claims": 0, "drop_name": None}
    return Import(
        id=new_id(at),
        account_id=account_id,
        byte_count=byte_count,
        received_at=at,
        ordered_at=at,
        dry_run=False,
        default_facility_id=None,
        partition_key=f"{account_id}-{minute}",
        **columns,
        **state,
    )


@given(
    sizes=st.lists(
        st.tuples(st.integers(1, 6), st.integers(0, BATCH_BYTES)), max_size=40, unique=False
    ),
    limit=st.integers(1, 10),
)
def test_batches_hold_each_accounts_first_files_in_order_and_split_no_account(sizes, limit):
    imports = [an_import(account, at, size) for at, (account, size) in enumerate(sizes)]
    shuffled = random.Random(0).sample(imports, len(imports))  # noqa: S311 - no secret
    batches = batches_of(shuffled, limit)
    for account in {each.account_id for each in imports}:
        holding = [batch for batch in batches if any(i.account_id == account for i in batch)]
        assert len(holding) == 1
        first = [each for each in imports if each.account_id == account][:limit]
        assert [each for each in holding[0] if each.account_id == account] == first
    for batch in batches:
        assert 1 <= len(batch) <= limit
        together = {each.account_id for each in batch}
        assert len(together) == 1 or sum(each.byte_count for each in batch) <= BATCH_BYTES


@pytest.mark.parametrize(
    ("accounts", "files_each", "mib", "counts"),
    [
        (1, 300, 0, [200]),
        (1, 30, 20, [FEW_FILES]),  # large files: the others are due after these
        (1, 30, 4, [16]),  # as many as there are in 64 MiB
        (20, 10, 0, [50, 50, 50, 50]),  # small ones of many accounts: runs side by side
    ],
)
def test_a_run_takes_as_many_files_as_are_worth_its_start(accounts, files_each, mib, counts):
    imports = [
        an_import(1 + at % accounts, at, mib * 1024**2) for at in range(accounts * files_each)
    ]
    assert [len(batch) for batch in batches_of(imports, 200)] == counts


@pytest.mark.dated
@pytest.mark.parametrize(
    ("zone", "now", "midnight"),
    [
        ("UTC", "2026-11-21T00:00Z", "2026-11-21T00:00Z"),
        ("America/New_York", "2026-11-21T04:59Z", "2026-11-20T05:00Z"),
        # The days on which clocks change: 23 and 25 hours long.
        ("America/New_York", "2026-03-08T20:00Z", "2026-03-08T05:00Z"),
        ("America/New_York", "2026-03-09T05:00Z", "2026-03-09T04:00Z"),
        ("America/New_York", "2026-11-01T20:00Z", "2026-11-01T04:00Z"),
        ("America/New_York", "2026-11-02T05:00Z", "2026-11-02T05:00Z"),
        # 2026-09-06 begins at 01:00 in Santiago: that instant is 04:00 UTC.
        ("America/Santiago", "2026-09-06T04:00Z", "2026-09-06T04:00Z"),
        ("America/Santiago", "2026-09-06T03:59Z", "2026-09-05T04:00Z"),
        # 2026-11-01 has two midnights in Havana; the second is an hour into the day.
        ("America/Havana", "2026-11-01T05:30Z", "2026-11-01T04:00Z"),
        ("Asia/Kathmandu", "2026-11-20T18:15Z", "2026-11-20T18:15Z"),
    ],
)
def test_a_day_begins_at_the_senders_midnight(zone, now, midnight):
    found = last_midnight(datetime.fromisoformat(now), ZoneInfo(zone))
    assert found == datetime.fromisoformat(midnight)


class TestUnfinished:
    def test_those_in_processing_are_found_with_their_last_run(self, connection, accounts, receive):
        receive(accounts["a"])
        ((imported,),) = take_up_due(connection)
        again = take_up_again(connection, imported)
        (found,) = unfinished(connection)
        assert (found.imported, found.run_id, found.attempt_state) == (again, "run 2", "open")
        assert not found.is_at_work

    def test_one_that_a_run_works_on_is_told_from_one_that_was_cut_off(
        self, connection, database, accounts, receive
    ):
        at_work, cut_off = receive(accounts["a"]), receive(accounts["b"])
        with connect(database) as run, connect(database) as other:
            for session, imported in ((run, at_work), (other, cut_off)):
                take_up(session, imported.partition_key, "run", by_a_person=False)
            other.close()
            found = {each.imported.id: each.is_at_work for each in unfinished(connection)}
        assert found == {at_work.id: True, cut_off.id: False}

    @pytest.mark.parametrize(("state", "due"), [("open", 0), ("applied", 1), ("failed", 1)])
    def test_hold_no_other_file_of_their_account_once_only_the_result_is_missing(
        self, connection, accounts, receive, state, due
    ):
        receive(accounts["a"])
        ((imported,),) = take_up_due(connection)
        connection.execute("update attempt set state = %s", (state,))
        receive(accounts["a"])
        assert due_batches(connection, limit=9) == []
        take_up_again(connection, imported)
        assert len(due_batches(connection, limit=9)) == due
