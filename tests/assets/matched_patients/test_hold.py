"""A file far off its account's usual ones waits for a person, and loses nothing by it."""

from datetime import UTC, datetime, timedelta
from functools import partial

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.hold_rules import change_hold_rules
from registry.decisions.undo import undo
from registry.ledger import held_files, states
from registry.ledger.claims import LeftAlone, take_up
from registry.ledger.due_imports import due_batches
from registry.ledger.imports import get_import, list_attempts
from registry.ledger.missing_patients import list_missing
from schemas.errors import NotAllowed
from tests.importing import process, put
from tests.state import facts

HEADER = "first name,last name,dob,gender,ehr id,city\n"
NAMES = ("Ann", "Bob", "Cleo", "Dora", "Eve", "Finn", "Gus", "Hal", "Ida", "Jon")
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def roster(count, city="Rome"):
    rows = [
        f"{name},Baker,1950-01-{day:02},F,M-{day},{city}\n"
        for day, name in enumerate(NAMES[:count], 1)
    ]
    return HEADER + "".join(rows)


@pytest.fixture
def account(connection):
    made = add_account(connection, "clinic", "thoroughcare")
    made = change_hold_rules(connection, made, full_roster=True)
    connection.commit()
    return made


@pytest.fixture
def send(database, connection, account, tmp_path):
    """Sends files of an account, a minute apart; each is processed."""
    minutes = iter(range(1000))

    def sent(content, of=account, **options):
        at = NOON + timedelta(minutes=next(minutes))
        imported = put(
            database, connection, of, content, folder=tmp_path, **{"received_at": at} | options
        )
        return process(database, connection, imported)

    return sent


COPY_IMPORTS = """
WITH copied AS (
    INSERT INTO import
    SELECT (jsonb_populate_record(import, jsonb_build_object(
        'id', gen_random_uuid(),
        'partition_key', 'usual ' || number,
        'ordered_at', ordered_at - number * interval '1 day'
    ))).*
    FROM import, generate_series(1, 4) AS number
    WHERE id = %(id)s
    RETURNING id
)
INSERT INTO attempt
SELECT (jsonb_populate_record(attempt, jsonb_build_object('import_id', copied.id))).*
FROM attempt, copied
WHERE attempt.import_id = %(id)s
"""


@pytest.fixture
def usual(connection, send):
    """Ten patients, and a norm of five good files of ten rows."""
    first = send(roster(10))
    connection.execute(COPY_IMPORTS, {"id": first.imported.id})
    connection.commit()
    return first


@pytest.fixture
def held(usual, send):
    """A file of two patients, where ten are usual; both live elsewhere by now."""
    assert usual.imported.state == "completed"
    return send(roster(2, "Oslo")).imported


@pytest.fixture
def stored(connection, account):
    return partial(facts, connection, account.id)


@pytest.fixture
def go_on(database, connection):
    """What a run does with the import after a person decided about it."""

    def go(imported, decide=held_files.let_through):
        decide(connection, imported.id, "rita", NOON)
        connection.commit()
        take_up(connection, imported.partition_key, "second run", by_a_person=False)
        return process(database, connection, imported)

    return go


class TestWhoIsMissing:
    def test_is_counted_and_told_and_stays(self, connection, send, stored):
        send(roster(10))
        before = stored()
        done = send(roster(8))
        assert done.attempt.missing == 2
        (said,) = done.messages(0)
        assert said == (
            "2 patients of this account are not in this file, which is the whole list; nobody was "
            "removed"
        )
        assert "the whole file: 2 patients of this account are not in this file" in done.result
        assert stored() == before
        missing = {
            before[str(each)]["first_name"] for each in list_missing(connection, done.imported)
        }
        assert missing == {"Ida", "Jon"}

    def test_is_nobody_who_came_with_the_file_or_was_withdrawn(self, connection, send):
        first = send(roster(2))
        assert (first.attempt.missing, first.codes(0)) == (0, [])
        connection.execute("UPDATE patient SET withdrawn = true WHERE first_name = 'Bob'")
        assert send(roster(1)).attempt.missing == 0

    def test_is_not_counted_for_a_late_file_and_not_without_whole_lists(
        self, connection, account, send
    ):
        send(roster(10))
        late = send(roster(2), received_at=NOON - timedelta(days=1))
        assert (late.attempt.missing, late.codes(0)) == (None, [])
        with pytest.raises(NotAllowed, match="nobody counted"):
            list_missing(connection, late.imported)
        change_hold_rules(connection, account, full_roster=False)
        assert send(roster(2)).attempt.missing is None

    def test_is_told_by_a_check(self, send):
        send(roster(10))
        assert send(roster(8), dry_run=True).attempt.missing == 2


class TestAHeldFile:
    @pytest.mark.usefixtures("usual")
    def test_waits_before_a_patient_is_written_and_without_a_result(self, connection, send, stored):
        before = stored()
        done = send(roster(2, "Oslo"))
        assert (done.imported.state, done.attempt.state, done.result) == ("held", "open", "")
        assert done.imported.reason == (
            "2 rows, usually 10 (80 % off, up to 30 % is allowed); 8 patients missing from the "
            "list, 80.0 % where 0.0 % is usual (up to 10 points more are allowed)"
        )
        assert {name for name, each in done.reports.items() if each.passed_by} == {
            "patients",
            "result_files",
        }
        assert stored() == before
        (waiting,) = held_files.list_held(connection)
        assert waiting.counts == {"created": 0, "updated": 2, "unchanged": 0, "errored": 0}

    def test_is_taken_up_by_no_run_and_keeps_no_other_file_waiting(self, connection, held, send):
        assert due_batches(connection, limit=10) == []
        for by_a_person in (True, False):
            taken = take_up(connection, held.partition_key, "run", by_a_person=by_a_person)
            assert isinstance(taken, LeftAlone)
            assert taken.reason.startswith("it is held for a person")
        assert send(roster(10)).imported.state == "completed"

    def test_that_is_let_through_gives_the_registry_of_one_never_held(
        self, connection, held, go_on, stored, send
    ):
        other = add_account(connection, "other", "thoroughcare")
        connection.commit()
        for content in (roster(10), roster(2, "Oslo")):
            send(content, of=other)
        done = go_on(held)
        assert (done.imported.state, done.outcomes) == ("completed", ["updated", "updated"])
        assert [each.number for each in list_attempts(connection, held.id)] == [1]
        assert sorted(stored().values(), key=str) == sorted(
            facts(connection, other.id).values(), key=str
        )
        found = held_files.find_held(connection, held.id)
        assert (found.decision, found.decided_by) == ("let_through", "rita")

    def test_that_is_let_through_does_not_wait_for_midnight(self, connection, held):
        held_files.let_through(connection, held.id, "rita", NOON)
        (batch,) = due_batches(connection, limit=10, cadence="on_arrival")
        assert [each.id for each in batch] == [held.id]

    def test_that_is_let_through_is_cut_off_and_goes_on(self, database, connection, held, stored):
        held_files.let_through(connection, held.id, "rita", NOON)
        connection.commit()
        process(database, connection, held, stages=("landed_files", "staged_patients"))
        assert get_import(connection, held.partition_key).state == "waiting"
        states.take_up(connection, held.id, "a further run")
        connection.commit()
        done = process(database, connection, held)
        assert (done.imported.state, done.outcomes) == ("completed", ["updated", "updated"])
        assert {each["address/home/city"] for each in stored().values()} == {"Oslo", "Rome"}

    def test_old_never_beats_new_when_a_file_came_in_between(self, held, send, go_on, stored):
        send(roster(10, "Bern"))
        done = go_on(held)
        assert done.outcomes == ["unchanged", "unchanged"]
        assert {each["address/home/city"] for each in stored().values()} == {"Bern"}

    def test_that_was_let_through_is_undone_like_any_other(self, connection, held, go_on, stored):
        go_on(held)
        undo(connection, get_import(connection, held.partition_key), "rita", NOON)
        assert {each["address/home/city"] for each in stored().values()} == {"Rome"}

    def test_that_is_refused_writes_nothing_and_tells_its_sender(self, held, go_on, stored):
        before = stored()
        done = go_on(held, held_files.refuse)
        assert (done.imported.state, done.attempt.fault_code) == ("failed", "refused")
        assert done.result_rows()[0]["Messages"] == (
            "refused by rita, after it was held; nothing was imported"
        )
        assert stored() == before

    @pytest.mark.parametrize("decide", [held_files.let_through, held_files.refuse])
    def test_is_decided_about_once(self, connection, held, decide):
        held_files.let_through(connection, held.id, "rita", NOON)
        with pytest.raises(NotAllowed, match="is not held"):
            decide(connection, held.id, "ada", NOON)
        assert held_files.find_held(connection, held.id).decided_by == "rita"

    def test_that_its_sender_cancels_is_let_through_no_more(self, connection, held):
        assert states.cancel_unfinished(connection, held, reason="by its sender", now=NOON)
        assert held_files.list_held(connection) == []
        with pytest.raises(NotAllowed):
            held_files.let_through(connection, held.id, "rita", NOON)


class TestWhatIsNotHeld:
    @pytest.mark.usefixtures("usual")
    def test_a_check(self, send):
        assert send(roster(2), dry_run=True).imported.state == "completed"

    @pytest.mark.usefixtures("usual")
    def test_a_file_of_the_portal(self, database, connection, account, tmp_path):
        one = put(database, connection, account, roster(2), folder=tmp_path)
        connection.execute("UPDATE import SET source = 'portal' WHERE id = %s", (one.id,))
        connection.commit()
        assert process(database, connection, one).imported.state == "completed"

    def test_a_further_attempt(self, database, connection, held, go_on):
        go_on(held, held_files.refuse)
        again = process(database, connection, held, again=True)
        assert (again.imported.state, again.outcomes) == ("completed", ["updated", "updated"])

    @pytest.mark.usefixtures("usual")
    def test_a_file_like_the_usual_ones(self, send):
        done = send(roster(9))
        assert done.imported.state == "completed"
        assert done.reports["matched_patients"].figures["measures far off the usual ones"] == 0
