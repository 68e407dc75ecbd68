"""Every move from every state, made against a registry and held against the table of moves."""

from dataclasses import replace
from datetime import UTC, datetime
from itertools import product

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ledger import states
from registry.ledger.imports import get_import, latest_attempt, list_attempts
from registry.ledger.moves import (
    ATTEMPT_IS_APPLIED,
    ATTEMPT_IS_OVER,
    ATTEMPT_MOVES,
    IMPORT_IS_OVER,
    IMPORT_IS_UNDER_WAY,
    IMPORT_MOVES,
    states_after,
)
from registry.tables.enums import ATTEMPT_STATES, IMPORT_STATES
from schemas.errors import FileFault, NotAllowed
from tests.importing import put

pytestmark = pytest.mark.external_postgres
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
FAULT = FileFault("empty_file", "the file is empty")
COUNTS = {"records": 5, "created": 4, "errored": 1}


@pytest.fixture
def account(connection):
    account = add_account(connection, "clinic", "ptdirect")
    connection.commit()
    return account


@pytest.fixture
def imported(connection, database, account, tmp_path):
    return put(database, connection, account, "x", folder=tmp_path, received_at=NOON)


@pytest.fixture
def one_in(connection, imported):
    """An import in a state, with an attempt in a state where one is asked for."""

    def make(state, attempt=None, drop_name=None):
        connection.execute(
            "UPDATE import SET state = %s, drop_name = %s WHERE id = %s",
            (state, drop_name, imported.id),
        )
        if attempt:
            connection.execute(
                "INSERT INTO attempt (import_id, number, state, finished_at)"
                " VALUES (%s, 1, %s, CASE WHEN %s THEN now() END)",
                (imported.id, attempt, attempt in ATTEMPT_IS_OVER),
            )
        connection.commit()
        return get_import(connection, imported.partition_key)

    return make


def open_new(connection, imported, _):
    states.open_attempt(connection, imported.id, "run", again=True)


def finish_as(connection, imported, attempt):
    states.finish_import(connection, latest_attempt(connection, imported.id), NOON)
    assert latest_attempt(connection, imported.id).state == attempt


def give_up_as(connection, imported, target):
    states.give_up(connection, imported, state=target, reason="gave up", now=NOON)


def give_up_result_as(connection, imported, _):
    attempt = latest_attempt(connection, imported.id)
    states.give_up_result(connection, imported, attempt, reason="gave up", now=NOON)


def hold(connection, imported, _):
    states.hold_attempt(connection, latest_attempt(connection, imported.id), "why", NOON)


def unpack(connection, imported, _):
    states.unpack(connection, latest_attempt(connection, imported.id), "two inside", NOON)


def cancel(connection, imported, _):
    states.cancel(
        connection, imported.account_id, imported.id, source=imported.source, reason="cancelled"
    )


def cancel_unfinished(connection, imported, _):
    states.cancel_unfinished(connection, imported, reason="cancelled", now=NOON)


def cancel_further(before):
    """Cancels the second attempt over an import, of which the first ended in `before`."""

    def cancel_second(connection, imported, _):
        if imported.state == "waiting":
            raise NotAllowed("an import that waits has no further attempt")
        connection.execute("UPDATE attempt SET number = 2")
        connection.execute(
            "INSERT INTO attempt (import_id, number, state) VALUES (%s, 1, %s)",
            (imported.id, before),
        )
        cancel_unfinished(connection, imported, None)

    return cancel_second


def finish_cancelled(connection, imported, _):
    connection.execute("UPDATE attempt SET fault_code = 'cancelled'")
    states.finish_import(connection, latest_attempt(connection, imported.id), NOON)


def replace_by_newer(connection, imported, _):
    newer = replace(imported, id=NEWER_ID, partition_key="newer")
    states.replace_older(connection, newer)


NEWER_ID = "00000000-0000-7000-8000-000000000000"

# How a test makes each move, with the attempt that is there before it, and the state that the
# caller asks for where it has a say.
IMPORT_DRIVERS = {
    "take_up": (lambda connection, one, _: states.take_up(connection, one.id, "run"), None, None),
    "open_attempt": (open_new, None, None),
    "finish_import": (finish_as, "finished", "completed"),
    "finish_import, failed": (finish_as, "failed", "failed"),
    "give_up": (give_up_as, "open", "failed"),
    "give_up, completed": (give_up_as, "open", "completed"),
    "give_up_result": (give_up_result_as, "applied", "completed"),
    "give_up_result, failed": (give_up_result_as, "failed", "failed"),
    "hold_attempt": (hold, "open", None),
    "unpack": (unpack, "open", None),
    "let_through": (
        lambda connection, one, _: states.let_through(connection, one.id, "rita", NOON),
        "open",
        None,
    ),
    "refuse": (
        lambda connection, one, _: states.refuse(connection, one.id, "rita", NOON),
        "open",
        None,
    ),
    "cancel": (cancel, None, None),
    "cancel_unfinished": (cancel_unfinished, "open", "cancelled"),
    "cancel_unfinished, completed": (cancel_further("finished"), "open", "completed"),
    "cancel_unfinished, failed": (cancel_further("failed"), "open", "failed"),
    "finish_import, cancelled": (finish_cancelled, "failed", "cancelled"),
    "replace_older": (replace_by_newer, None, None),
    "withdraw": (lambda connection, one, _: states.withdraw(connection, [one.id]), None, None),
}


def test_every_move_of_imports_is_driven():
    made_elsewhere = {"enter"}  # by `registry/landing/receive.py`, whose tests drive it
    driven = {name.partition(",")[0] for name in IMPORT_DRIVERS}
    assert driven == {move.name for move in IMPORT_MOVES} - made_elsewhere


@pytest.mark.parametrize(("name", "before"), [*product(IMPORT_DRIVERS, IMPORT_STATES)])
def test_an_import_goes_where_the_table_says_and_nowhere_else(connection, one_in, name, before):
    move, attempt, target = IMPORT_DRIVERS[name]
    one = one_in(before, attempt=attempt, drop_name="patients.csv")
    asked = attempt if move is finish_as else target
    allowed = states_after(IMPORT_MOVES, name.partition(",")[0], before)
    allowed &= {target or state for state in allowed}
    if not allowed:
        refuse(connection, move, one, asked)
        assert get_import(connection, one.partition_key) == replace(
            one, drop_name=get_import(connection, one.partition_key).drop_name
        )
    else:
        move(connection, one, asked)
        assert {get_import(connection, one.partition_key).state} == allowed


def refuse(connection, move, one, asked):
    """The move either raises our error or does nothing; what it began is rolled back."""
    try:
        move(connection, one, asked)
    except NotAllowed:
        connection.rollback()


def refuse_held(connection, one):
    connection.execute("UPDATE import SET state = 'held'")
    states.refuse(connection, one.import_id, "rita", NOON)


ATTEMPT_DRIVERS = {
    "refuse": refuse_held,
    "apply_attempt": lambda connection, one: states.apply_attempt(connection, one, 7, COUNTS),
    "fail_attempt": lambda connection, one: states.fail_attempt(connection, one, FAULT),
    "finish_import": lambda connection, one: states.finish_import(connection, one, NOON),
    "give_up": lambda connection, one: states.give_up(
        connection, get_import(connection, str(one.import_id)),
        state="failed", reason="gave up", now=NOON,
    ),
    "unpack": lambda connection, one: states.unpack(connection, one, "two inside", NOON),
    "note_cause": lambda connection, one: states.note_cause(connection, one.import_id, "why"),
    "cancel_unfinished": lambda connection, one: cancel_unfinished(
        connection, get_import(connection, str(one.import_id)), None
    ),
    "give_up_result": lambda connection, one: give_up_result_as(
        connection, get_import(connection, str(one.import_id)), None
    ),
}  # fmt: skip


def test_every_move_of_attempts_is_driven():
    assert {*ATTEMPT_DRIVERS, "open_attempt", "take_up"} == {move.name for move in ATTEMPT_MOVES}


@pytest.mark.parametrize(("name", "before"), [*product(ATTEMPT_DRIVERS, ATTEMPT_STATES)])
def test_an_attempt_goes_where_the_table_says_and_nowhere_else(connection, one_in, name, before):
    one = one_in("processing", attempt=before)
    attempt = latest_attempt(connection, one.id)
    allowed = states_after(ATTEMPT_MOVES, name, before)
    if not allowed:
        refuse(connection, lambda *_: ATTEMPT_DRIVERS[name](connection, attempt), one, None)
        assert latest_attempt(connection, one.id) == attempt
    else:
        ATTEMPT_DRIVERS[name](connection, attempt)
        assert {latest_attempt(connection, one.id).state} == allowed


@pytest.mark.parametrize("state", ATTEMPT_STATES)
def test_a_further_attempt_is_opened_only_when_the_last_one_is_over(connection, one_in, state):
    one = one_in("processing", attempt=state)
    opened = states.open_attempt(connection, one.id, "run-2", again=True)
    assert (opened.number, opened.state) == (
        (2, "open") if state in ATTEMPT_IS_OVER else (1, state)
    )
    assert opened.run_id == "run-2"


@pytest.mark.parametrize("state", ["cancelled", "expired"])
def test_an_import_that_was_never_run_gets_no_attempt_and_says_why(connection, one_in, state):
    one = one_in(state)
    with pytest.raises(NotAllowed, match="cancelled or has expired; send the file again"):
        states.open_attempt(connection, one.id, "run", again=True)
    assert list_attempts(connection, one.id) == []


@pytest.mark.parametrize("state", ["applied", "finished", "failed"])
def test_an_attempt_that_is_no_longer_open_is_not_applied_or_failed(connection, one_in, state):
    attempt = latest_attempt(connection, one_in("processing", attempt=state).id)
    for move in ("apply_attempt", "fail_attempt"):
        with pytest.raises(NotAllowed, match="is not open"):
            ATTEMPT_DRIVERS[move](connection, attempt)


def test_an_open_attempt_is_not_finished(connection, one_in):
    attempt = latest_attempt(connection, one_in("processing", attempt="open").id)
    with pytest.raises(NotAllowed, match="cannot be finished"):
        states.finish_import(connection, attempt, NOON)


class TestWhatIsWrittenBesideTheState:
    def test_an_applied_attempt_has_its_counts_and_version_and_none_that_are_missing(
        self, connection, one_in
    ):
        attempt = latest_attempt(connection, one_in("processing", attempt="open").id)
        states.apply_attempt(connection, attempt, 7, COUNTS)
        found = latest_attempt(connection, attempt.import_id)
        assert (found.records, found.finished_at, found.fault_code) == (5, None, None)
        assert found.counts == {"created": 4, "updated": 0, "unchanged": 0, "errored": 1}
        ((version,),) = connection.execute("SELECT registry_version FROM attempt").fetchall()
        assert version == 7

    def test_a_failed_attempt_has_its_fault_and_no_rows_and_is_over_with_its_result(
        self, connection, one_in
    ):
        one = one_in("processing", attempt="open")
        states.fail_attempt(connection, latest_attempt(connection, one.id), FAULT)
        found = latest_attempt(connection, one.id)
        assert (found.fault_code, found.reason, found.records) == (FAULT.code, FAULT.reason, 0)
        assert found.finished_at is None
        states.finish_import(connection, found, NOON)
        assert latest_attempt(connection, one.id).finished_at == NOON
        assert get_import(connection, one.partition_key).reason == FAULT.reason

    def test_a_result_that_is_made_again_leaves_the_time_of_the_first(self, connection, one_in):
        one = one_in("processing", attempt="applied")
        attempt = latest_attempt(connection, one.id)
        states.finish_import(connection, attempt, NOON)
        states.finish_import(connection, attempt, NOON.replace(hour=13))
        assert latest_attempt(connection, one.id).finished_at == NOON

    def test_an_import_that_is_run_again_loses_its_reason(self, connection, one_in):
        one = one_in("failed", attempt="failed")
        connection.execute("UPDATE import SET reason = 'the file is empty'")
        states.open_attempt(connection, one.id, "run", again=True)
        found = get_import(connection, one.partition_key)
        assert (found.state, found.reason) == ("processing", None)

    def test_an_import_that_was_cancelled_has_its_reason(self, connection, one_in):
        one = one_in("waiting")
        cancel(connection, one, None)
        assert get_import(connection, one.partition_key).reason == "cancelled"

    @pytest.mark.parametrize("state", IMPORT_STATES)
    def test_only_an_import_that_is_processed_keeps_its_name_when_a_newer_file_has_it(
        self, connection, one_in, state
    ):
        one = one_in(state, drop_name="patients.csv")
        replace_by_newer(connection, one, None)
        found = get_import(connection, one.partition_key)
        assert found.drop_name == ("patients.csv" if state == "processing" else None)
        assert found.reason == (
            "replaced by newer before it was processed" if state == "waiting" else None
        )

    @pytest.mark.parametrize("state", IMPORT_STATES)
    def test_only_an_import_that_is_processed_keeps_its_name_when_its_file_is_gone(
        self, connection, one_in, state
    ):
        one = one_in(state, drop_name="patients.csv")
        states.withdraw(connection, [one.id])
        found = get_import(connection, one.partition_key)
        assert found.drop_name == ("patients.csv" if state == "processing" else None)
        assert found.reason == (states.WITHDRAWN if state == "waiting" else None)


class TestWhoIsFaster:
    def test_an_import_is_not_cancelled_for_another_account_or_another_way_in(
        self, connection, one_in
    ):
        one = one_in("waiting")
        for account_id, source in ((one.account_id + 1, one.source), (one.account_id, "api")):
            assert not states.cancel(connection, account_id, one.id, source=source, reason="x")
        assert get_import(connection, one.partition_key) == one

    def test_what_was_taken_up_since_is_not_given_up(self, connection, one_in):
        one = one_in("processing")
        states.take_up(connection, one.id, "run")
        assert not states.give_up(connection, one, state="failed", reason="x", now=NOON)
        assert get_import(connection, one.partition_key).state == "processing"

    def test_of_a_run_and_a_cancellation_the_first_to_commit_wins(
        self, connection, database, one_in
    ):
        one = one_in("waiting")
        with connect(database) as other:
            cancel(other, one, None)
            other.commit()
        with pytest.raises(NotAllowed, match="was cancelled"):
            states.take_up(connection, one.id, "run")


def test_the_sets_of_states_cover_all_that_the_tables_know():
    assert {*IMPORT_IS_UNDER_WAY, *IMPORT_IS_OVER, states.HELD, states.UNPACKED} == set(
        IMPORT_STATES
    )
    assert not {*IMPORT_IS_UNDER_WAY} & {*IMPORT_IS_OVER}
    assert {"open", *ATTEMPT_IS_APPLIED, *ATTEMPT_IS_OVER} == set(ATTEMPT_STATES)
    named = {move.after for move in IMPORT_MOVES} | {move.before for move in IMPORT_MOVES} - {None}
    assert named == set(IMPORT_STATES) - {"expired"}
    assert {move.after for move in ATTEMPT_MOVES} == set(ATTEMPT_STATES)
