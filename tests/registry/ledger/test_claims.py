"""Imports that were cut off, and those that a person cancels."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ledger.claims import MAX_RESULT_CLAIMS, cancel, give_up
from registry.ledger.imports import get_import, latest_attempt, list_attempts
from registry.ledger.states import apply_attempt, fail_attempt, open_attempt
from schemas.errors import FileFault
from tests.taking_up import take_up_again, take_up_due

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def accounts(connection):
    return {
        "a": add_account(connection, "a", "thoroughcare", "America/New_York"),
        "b": add_account(connection, "b", "thoroughcare", "Asia/Tokyo"),
        "c": add_account(connection, "c", "metriport", "UTC", "on_arrival"),
    }


class TestImportsThatWereCutOff:
    @pytest.fixture
    def imported(self, connection, accounts, receive):
        receive(accounts["a"])
        ((imported,),) = take_up_due(connection)
        return imported

    def claim_until(self, connection, imported, claims):
        while imported.claims < claims:
            imported = take_up_again(connection, imported)
        return imported

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
            "gave up after 3 tries: run run 3 ended before it was done; nothing was written; "
            "ask the operator to run it again, or send the file again"
        )
        (attempt,) = list_attempts(connection, imported.id)
        assert (attempt.state, attempt.fault_code, attempt.finished_at) == (
            "failed",
            "gave_up",
            NOON,
        )

    def test_are_given_up_when_no_run_ever_began(self, connection, imported):
        """They get an attempt, so that there is a result for the sender."""
        connection.execute("delete from attempt")
        connection.execute("update import set claims = 3")
        imported = get_import(connection, imported.partition_key)
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


class TestCancelling:
    @pytest.fixture
    def waiting(self, accounts, receive):
        return receive(accounts["a"])

    def test_one_that_waits_is_cancelled_with_an_attempt_so_that_there_is_a_result(
        self, connection, waiting
    ):
        assert cancel(connection, waiting, NOON, reason="cancelled by ops")
        found = get_import(connection, waiting.partition_key)
        assert (found.state, found.reason) == ("cancelled", "cancelled by ops")
        (attempt,) = list_attempts(connection, waiting.id)
        assert (attempt.state, attempt.fault_code, attempt.finished_at) == (
            "failed", "cancelled", NOON,
        )  # fmt: skip

    def test_the_run_that_works_on_it_is_refused_and_told_why(self, connection, waiting):
        ((taken,),) = take_up_due(connection)
        attempt = latest_attempt(connection, taken.id)
        assert cancel(connection, taken, NOON, reason="cancelled by ops")
        with pytest.raises(FileFault, match="cancelled by ops") as refused:
            apply_attempt(connection, attempt, 1, {})
        fail_attempt(connection, attempt, refused.value)
        assert get_import(connection, waiting.partition_key).state == "cancelled"

    @pytest.mark.parametrize("state", ["applied", "failed"])
    def test_one_whose_rows_are_decided_is_left_to_its_result(self, connection, waiting, state):
        ((taken,),) = take_up_due(connection)
        connection.execute("update attempt set state = %s", (state,))
        assert not cancel(connection, taken, NOON, reason="x")
        assert get_import(connection, waiting.partition_key).state == "processing"

    @pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "expired"])
    def test_one_that_is_over_is_left_as_it_is(self, connection, waiting, state):
        connection.execute("update import set state = %s", (state,))
        assert not cancel(connection, waiting, NOON, reason="x")
        assert get_import(connection, waiting.partition_key).state == state
        assert list_attempts(connection, waiting.id) == []

    @pytest.mark.parametrize(("before", "after"), [("finished", "completed"), ("failed", "failed")])
    @pytest.mark.usefixtures("waiting")
    def test_of_a_further_attempt_it_is_again_what_it_was_before(self, connection, before, after):
        ((taken,),) = take_up_due(connection)
        connection.execute("update attempt set state = %s", (before,))
        connection.execute("update import set state = %s", (after,))
        again = take_up_again(connection, taken)
        assert cancel(connection, again, NOON, reason="x")
        assert get_import(connection, taken.partition_key).state == after
        assert [each.state for each in list_attempts(connection, taken.id)] == [before, "failed"]

    def test_of_a_cancellation_and_a_run_that_applies_the_first_to_commit_wins(
        self, connection, database, waiting
    ):
        ((taken,),) = take_up_due(connection)
        attempt = latest_attempt(connection, taken.id)
        connection.commit()
        with connect(database) as run, ThreadPoolExecutor(1) as beside:
            apply_attempt(run, attempt, 1, {})
            cancelled = beside.submit(cancel, connection, taken, NOON, reason="x")
            with pytest.raises(TimeoutError):
                cancelled.result(0.3)
            run.commit()
            assert not cancelled.result(10)
        assert get_import(connection, waiting.partition_key).state == "processing"
