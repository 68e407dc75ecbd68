"""Taking an import up for a run whose turn on it has come."""

from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger.claims import LeftAlone, release, take_up
from registry.ledger.imports import Import, latest_attempt, list_attempts
from tests.processes import four_processes

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def account(connection):
    account = add_account(connection, "acme", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def receive(connection, account):
    """Enters an import, each a minute after the one before."""
    minutes = count()

    def enter_one(of=account):
        arrival = Arrival("cli", NOON + timedelta(minutes=next(minutes)), "r.csv", of.format)
        imported = enter(connection, of, Archived("0" * 64, 1), arrival)
        connection.commit()
        return imported

    return enter_one


@pytest.fixture
def sessions(database):
    """Sessions of runs, by the run's id; each run has its own."""
    opened = {}

    def session(run_id):
        if run_id not in opened:
            opened[run_id] = connect(database)
        return opened[run_id]

    yield session
    for each in opened.values():
        each.close()


@pytest.fixture
def take(sessions):
    def take_one(imported, run_id, *, by_a_person=False, retried=frozenset()):
        return take_up(
            sessions(run_id),
            imported.partition_key,
            run_id,
            by_a_person=by_a_person,
            retried=retried,
        )

    return take_one


@pytest.fixture
def end(connection, sessions):
    """Ends a run's session; with a state, the import and its attempt are over before."""

    def end_run(run_id, imported=None, state=None):
        if state:
            attempt = "finished" if state == "completed" else state
            connection.execute("UPDATE import SET state = %s WHERE id = %s", (state, imported.id))
            connection.execute(
                "UPDATE attempt SET state = %s WHERE import_id = %s", (attempt, imported.id)
            )
            connection.commit()
        sessions(run_id).close()

    return end_run


def test_a_waiting_import_is_processed_by_the_run_that_takes_it_up(connection, receive, take):
    taken = take(receive(), "run")
    assert isinstance(taken, Import)
    assert (taken.state, taken.claims) == ("processing", 1)
    attempt = latest_attempt(connection, taken.id)
    assert (attempt.state, attempt.run_id) == ("open", "run")


@pytest.mark.parametrize("by_a_person", [False, True])
def test_what_a_live_run_works_on_is_left_alone(connection, receive, take, by_a_person):
    imported = receive()
    take(imported, "first")
    left = take(imported, "second", by_a_person=by_a_person)
    assert isinstance(left, LeftAlone)
    assert left.reason == "another run works on it"
    assert latest_attempt(connection, imported.id).run_id == "first"


@pytest.mark.parametrize("by_a_person", [False, True])
def test_what_a_run_that_ended_left_is_continued_and_counts_a_claim(
    connection, receive, take, end, by_a_person
):
    imported = receive()
    take(imported, "first")
    end("first")
    taken = take(imported, "second", by_a_person=by_a_person)
    assert (taken.state, taken.claims) == ("processing", 2)
    (attempt,) = list_attempts(connection, imported.id)
    assert attempt.run_id == "second"


def test_a_step_that_is_tried_again_in_its_run_counts_no_claim(receive, sessions, take):
    imported = receive()
    taken = take(imported, "run")
    release(sessions("run"), taken)
    assert take(imported, "run").claims == 1


@pytest.mark.parametrize("state", ["completed", "failed"])
class TestWhatIsOver:
    @pytest.fixture
    def over(self, receive, take, end, state):
        imported = receive()
        take(imported, "first")
        end("first", imported, state)
        return imported

    def test_an_automation_leaves_it(self, connection, over, take, state):
        assert take(over, "second").reason == f"it is {state} already"
        assert len(list_attempts(connection, over.id)) == 1

    def test_a_person_gets_a_further_attempt_whose_claims_begin_anew(
        self, connection, over, take, state
    ):
        taken = take(over, "second", by_a_person=True)
        assert (taken.state, taken.claims) == ("processing", 1)
        assert [each.run_id for each in list_attempts(connection, over.id)] == ["first", "second"]
        assert state in ("completed", "failed")

    @pytest.mark.parametrize("run_id", ["first again", "retry of it"])
    def test_what_a_persons_run_has_done_its_retry_does_not_do_again(
        self, connection, over, take, state, run_id
    ):
        left = take(over, run_id, by_a_person=True, retried={"first"})
        assert left.reason == f"it is {state} already"
        assert len(list_attempts(connection, over.id)) == 1


def test_a_failed_attempt_that_lacks_its_result_is_continued_and_not_repeated(
    connection, receive, take, end
):
    imported = receive()
    take(imported, "first")
    connection.execute("UPDATE attempt SET state = 'failed'")
    connection.commit()
    end("first")
    take(imported, "second", by_a_person=True)
    assert [each.state for each in list_attempts(connection, imported.id)] == ["failed"]


@pytest.mark.parametrize(
    ("state", "reason"), [("cancelled", "it was cancelled"), ("expired", "it has expired")]
)
@pytest.mark.parametrize("by_a_person", [False, True])
def test_what_was_cancelled_or_expired_is_left_alone_by_all(
    connection, receive, take, state, reason, by_a_person
):
    imported = receive()
    connection.execute("UPDATE import SET state = %s", (state,))
    connection.commit()
    assert take(imported, "run", by_a_person=by_a_person).reason == reason
    assert list_attempts(connection, imported.id) == []


class TestFilesOfOneAccount:
    def test_a_later_one_waits_for_an_earlier_one_under_way(self, receive, take):
        earlier, later = receive(), receive()
        take(earlier, "first")
        left = take(later, "second")
        assert left.reason.endswith(f"under way: {earlier.partition_key}")
        assert left.imported.state == "waiting"

    def test_a_person_need_not_wait(self, receive, take):
        earlier, later = receive(), receive()
        take(earlier, "first")
        assert isinstance(take(later, "second", by_a_person=True), Import)

    def test_an_earlier_one_that_was_cut_off_holds_the_later_ones_of_its_own_run(
        self, receive, take, end
    ):
        earlier, later = receive(), receive()
        take(earlier, "first")
        end("first")
        assert isinstance(take(later, "second"), LeftAlone)

    def test_one_that_was_cut_off_and_lacks_only_its_result_holds_no_other(
        self, connection, receive, take
    ):
        earlier, later = receive(), receive()
        take(earlier, "first")
        connection.execute("UPDATE import SET claims = 2 WHERE state = 'processing'")
        connection.execute("UPDATE attempt SET state = 'applied'")
        connection.commit()
        assert isinstance(take(later, "second"), Import)

    def test_an_earlier_one_that_waits_for_its_night_holds_nobody(self, receive, take):
        _, later = receive(), receive()
        assert isinstance(take(later, "run"), Import)

    def test_other_accounts_are_not_held(self, connection, receive, take):
        take(receive(), "first")
        other = add_account(connection, "other", "thoroughcare")
        connection.commit()
        assert isinstance(take(receive(other), "second"), Import)


def _take_one(settings, key, run_id):
    with connect(settings) as connection:
        taken = take_up(connection, key, run_id, by_a_person=False)
        return taken.state if isinstance(taken, Import) else taken.reason


def test_of_four_runs_at_once_one_works(connection, database, receive):
    key = receive().partition_key
    with four_processes() as pool:
        asked = [pool.submit(_take_one, database, key, f"run {each}") for each in range(4)]
        found = [each.result() for each in asked]
    assert found.count("processing") >= 1
    ((claims,),) = connection.execute("SELECT claims FROM import").fetchall()
    assert claims == found.count("processing")
