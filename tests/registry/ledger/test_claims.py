import random
from datetime import UTC, datetime, timedelta
from itertools import count
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ids import new_id
from registry.landing.receive import Archived, Arrival, enter
from registry.ledger.claims import (
    BATCH_BYTES,
    MAX_RESULT_CLAIMS,
    batches_of,
    claim_again,
    claim_lock,
    claim_waiting,
    give_up,
    last_midnight,
    unfinished,
)
from registry.ledger.imports import Import, get_import, list_attempts
from registry.ledger.states import open_attempt
from schemas.errors import NotFound
from tests.processes import four_processes

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


@pytest.fixture
def accounts(connection):
    return {
        "a": add_account(connection, "a", "thoroughcare", "America/New_York"),
        "b": add_account(connection, "b", "thoroughcare", "Asia/Tokyo"),
        "c": add_account(connection, "c", "metriport", "UTC", "on_arrival"),
    }


def keys(batches):
    return [[imported.partition_key for imported in batch] for batch in batches]


class TestClaiming:
    def test_files_of_an_account_come_together_and_in_the_order_received(
        self, connection, accounts, receive
    ):
        a1, b1, a2 = receive(accounts["a"]), receive(accounts["b"]), receive(accounts["a"])
        (batch,) = claim_waiting(connection, limit=50)
        assert [each.id for each in batch] == [a1.id, a2.id, b1.id]
        assert {(each.state, each.claims) for each in batch} == {("processing", 1)}

    def test_what_was_sent_at_the_portal_does_not_wait_for_the_night(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        sent = receive(accounts["a"], source="portal")
        (batch,) = claim_waiting(connection, limit=50, cadence="on_arrival")
        assert [each.id for each in batch] == [sent.id]

    def test_what_is_claimed_stays_so_after_a_rollback_and_is_claimed_once(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        assert claim_waiting(connection, limit=50)
        connection.rollback()
        assert claim_waiting(connection, limit=50) == []

    def test_an_account_with_one_in_processing_waits_and_others_do_not(
        self, connection, accounts, receive
    ):
        receive(accounts["a"])
        claim_waiting(connection, limit=50)
        receive(accounts["a"])
        other = receive(accounts["b"])
        assert keys(claim_waiting(connection, limit=50)) == [[other.partition_key]]

    def test_of_an_account_with_too_many_the_first_ones_are_claimed(
        self, connection, accounts, receive
    ):
        received = [receive(accounts["a"]).partition_key for _ in range(5)]
        assert keys(claim_waiting(connection, limit=3)) == [received[:3]]
        connection.execute("update import set state = 'completed' where state = 'processing'")
        assert keys(claim_waiting(connection, limit=3)) == [received[3:]]

    def test_only_the_asked_zone_cadence_and_account(self, connection, accounts, receive):
        a, b, c = (receive(account).partition_key for account in accounts.values())
        assert keys(claim_waiting(connection, limit=9, zone="Asia/Tokyo")) == [[b]]
        assert keys(claim_waiting(connection, limit=9, cadence="on_arrival")) == [[c]]
        assert keys(claim_waiting(connection, limit=9, account=accounts["c"])) == []
        assert keys(claim_waiting(connection, limit=9, account=accounts["a"])) == [[a]]

    def test_what_goes_beyond_the_asked_batches_stays_waiting(self, connection, accounts, receive):
        for name in "ab":
            receive(accounts[name], byte_count=BATCH_BYTES)
        assert len(claim_waiting(connection, limit=9, max_batches=1)) == 1
        assert len(claim_waiting(connection, limit=9)) == 1

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
        batches = claim_waiting(connection, limit=50)
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
        assert keys(claim_waiting(connection, limit=9, due_at=early)) == [[tokyo]]
        assert keys(claim_waiting(connection, limit=9, due_at=now)) == [[new_york]]


def claim_in_process(settings):
    """For a pool of processes: a function that can be found by name."""
    with connect(settings) as connection:
        return keys(claim_waiting(connection, limit=2))


def add_in_turn(settings):
    """Writes two marks under the lock; those of others must not come between."""
    with connect(settings) as connection, claim_lock(connection):
        mark = connection.execute("select pg_backend_pid()").fetchone()[0]
        for _ in range(2):
            connection.execute(
                "insert into vocabulary (account_id, field, folded, name)"
                " select id, 'turn', clock_timestamp()::text, %s from account limit 1",
                (str(mark),),
            )
            connection.commit()


class TestSeveralProcessesAtOnce:
    def test_nothing_is_claimed_twice_and_no_account_is_split(self, database, accounts, receive):
        order = {name: [receive(accounts[name]).partition_key for _ in range(3)] for name in "abc"}
        with four_processes() as pool:
            results = list(pool.map(claim_in_process, [database] * 8))
        batches = [batch for result in results for batch in result]
        assert sorted(batches) == sorted(received[:2] for received in order.values())

    @pytest.mark.usefixtures("accounts")
    def test_the_lock_of_a_claim_outlives_a_commit(self, connection, database):
        connection.commit()
        with four_processes() as pool:
            list(pool.map(add_in_turn, [database] * 12))
        rows = connection.execute("select name from vocabulary order by folded").fetchall()
        assert len(rows) == 24
        assert all(rows[i] == rows[i + 1] for i in range(0, 24, 2))

    def test_the_lock_is_given_back_after_an_error(self, connection, database):
        with pytest.raises(ZeroDivisionError), claim_lock(connection):
            raise ZeroDivisionError
        with connect(database) as other:
            other.execute("set statement_timeout = '5s'")
            with claim_lock(other):
                pass


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


class TestImportsThatWereCutOff:
    @pytest.fixture
    def imported(self, connection, accounts, receive):
        receive(accounts["a"])
        ((imported,),) = claim_waiting(connection, limit=1)
        return imported

    def claim_until(self, connection, imported, claims):
        while imported.claims < claims:
            imported = claim_again(connection, imported)
        return imported

    def test_are_found_with_the_run_that_worked_on_them_last(self, connection, imported):
        (found,) = unfinished(connection)
        assert (found.imported, found.run_id, found.attempt_state) == (imported, None, None)
        open_attempt(connection, imported.id, "first", again=False)
        open_attempt(connection, imported.id, "second", again=False)
        (found,) = unfinished(connection)
        assert (found.run_id, found.attempt_state) == ("second", "open")

    def test_are_claimed_again_by_one_only(self, connection, imported):
        assert claim_again(connection, imported).claims == 2
        with pytest.raises(NotFound):
            claim_again(connection, imported)

    def test_are_not_given_up_while_tries_are_left(self, connection, imported):
        again = self.claim_until(connection, imported, 2)
        assert not give_up(connection, again, NOON)
        assert get_import(connection, again.partition_key).state == "processing"

    def test_are_given_up_after_the_third_try(self, connection, imported):
        open_attempt(connection, imported.id, "run-1", again=False)
        assert give_up(connection, self.claim_until(connection, imported, 3), NOON)
        found = get_import(connection, imported.partition_key)
        assert found.state == "failed"
        assert found.reason == (
            "gave up after 3 tries: run run-1 ended before it was done; nothing was written; "
            f"run it again with a materialisation of partition {found.partition_key} in Dagster"
        )
        (attempt,) = list_attempts(connection, imported.id)
        assert (attempt.state, attempt.fault_code, attempt.finished_at) == (
            "failed",
            "gave_up",
            NOON,
        )

    def test_are_given_up_when_no_run_ever_began(self, connection, imported):
        """They get an attempt, so that there is a result for the sender."""
        assert give_up(connection, self.claim_until(connection, imported, 3), NOON)
        assert "no run began on it" in get_import(connection, imported.partition_key).reason
        (attempt,) = list_attempts(connection, imported.id)
        assert (attempt.state, attempt.fault_code) == ("failed", "gave_up")

    def test_one_that_was_given_up_can_be_run_again(self, connection, imported):
        open_attempt(connection, imported.id, "run-1", again=False)
        assert give_up(connection, self.claim_until(connection, imported, 3), NOON)
        assert open_attempt(connection, imported.id, "run-2", again=True).number == 2
        assert get_import(connection, imported.partition_key).state == "processing"

    @pytest.mark.parametrize(("state", "over"), [("applied", "completed"), ("failed", "failed")])
    def test_have_more_tries_once_only_the_result_is_missing(
        self, connection, imported, state, over
    ):
        open_attempt(connection, imported.id, "run-1", again=False)
        connection.execute("update attempt set state = %s", (state,))
        many = self.claim_until(connection, imported, MAX_RESULT_CLAIMS - 1)
        assert not give_up(connection, many, NOON)
        assert get_import(connection, many.partition_key).state == "processing"
        assert give_up(connection, self.claim_until(connection, many, MAX_RESULT_CLAIMS), NOON)
        found = get_import(connection, many.partition_key)
        assert found.state == over
        assert "its result file could not be written; what it changed is kept" in found.reason
        assert list_attempts(connection, many.id)[0].finished_at == NOON

    def test_are_given_up_by_a_person_at_any_try(self, connection, imported):
        open_attempt(connection, imported.id, "run-1", again=False)
        assert give_up(connection, self.claim_until(connection, imported, 1), NOON, by="ops")
        found = get_import(connection, imported.partition_key)
        assert found.state == "failed"
        assert found.reason.startswith("given up by ops: run run-1 ended before it was done")

    @pytest.mark.parametrize(("state", "claimed"), [("open", 0), ("applied", 1), ("failed", 1)])
    def test_hold_no_other_file_of_their_account_once_only_the_result_is_missing(
        self, connection, imported, receive, accounts, state, claimed
    ):
        open_attempt(connection, imported.id, "run-1", again=False)
        connection.execute("update attempt set state = %s", (state,))
        self.claim_until(connection, imported, 1)
        receive(accounts["a"])
        assert claim_waiting(connection, limit=9) == []
        claim_again(connection, get_import(connection, imported.partition_key))
        assert len(claim_waiting(connection, limit=9)) == claimed

    @pytest.mark.parametrize(("before", "after"), [("finished", "completed"), ("failed", "failed")])
    def test_after_a_further_attempt_they_are_what_the_attempt_before_made_of_them(
        self, connection, imported, before, after
    ):
        open_attempt(connection, imported.id, "run-1", again=False)
        connection.execute("update attempt set state = %s", (before,))
        open_attempt(connection, imported.id, "run-2", again=True)
        assert give_up(connection, self.claim_until(connection, imported, 3), NOON)
        assert get_import(connection, imported.partition_key).state == after
        states = [attempt.state for attempt in list_attempts(connection, imported.id)]
        assert states == [before, "failed"]

    def test_one_that_came_to_its_end_meanwhile_is_not_given_up(self, connection, imported):
        last = self.claim_until(connection, imported, 3)
        connection.execute("update import set state = 'completed'")
        assert not give_up(connection, last, NOON)
        assert get_import(connection, imported.partition_key).state == "completed"


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
