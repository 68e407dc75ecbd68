"""Checks and imports from the portal: each once, and only what may follow what."""

from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.landing.archive_copy import Archived
from registry.ledger.imports import get_import, latest_attempt, list_imports
from registry.ledger.states import open_attempt
from registry.requests.portal_submissions import (
    CANCELLED,
    Submitted,
    cancel,
    check_again,
    checked_attempt,
    get_own,
    import_of,
    submit_check,
    submit_import,
)
from schemas.errors import NotAllowed, NotFound
from tests.importing import put

pytestmark = pytest.mark.external_postgres
NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)
BYTES = Archived("0" * 64, 5)


@pytest.fixture
def account(connection):
    return add_account(connection, "clinic", "ptdirect")


def submit(connection, account, form="form-1", file_format="ptdirect"):
    said = Submitted("ada", form, "roster.csv", file_format)
    return submit_check(connection, account, BYTES, said, NOON)


def put_in_state(connection, imported, state):
    connection.execute("UPDATE import SET state = %s WHERE id = %s", (state, imported.id))


def test_a_check_is_a_dry_run_and_the_same_form_gives_the_same_one(connection, account):
    check = submit(connection, account)
    assert (check.dry_run, check.state, check.source) == (True, "waiting", "portal")
    assert submit(connection, account) == check
    assert submit(connection, account, "form-2").id != check.id


def test_a_format_that_the_account_does_not_use_is_refused(connection, account):
    with pytest.raises(NotAllowed, match="'metriport'"):
        submit(connection, account, file_format="metriport")


def test_a_check_is_imported_once_with_the_same_bytes(connection, account):
    check = submit(connection, account)
    put_in_state(connection, check, "completed")
    imported = submit_import(connection, account, check.id, "ada", NOON)
    assert (imported.dry_run, imported.sha256) == (False, check.sha256)
    assert import_of(connection, check.id) == imported.id
    assert submit_import(connection, account, check.id, "eve", NOON) == imported
    assert len(list_imports(connection)) == 2


@pytest.mark.parametrize("state", ["waiting", "processing", "failed", "cancelled", "expired"])
def test_a_check_that_is_not_completed_is_not_imported(connection, account, state):
    check = submit(connection, account)
    put_in_state(connection, check, state)
    with pytest.raises(NotAllowed, match=f"this check is {state}"):
        submit_import(connection, account, check.id, "ada", NOON)


def test_an_import_is_not_taken_for_a_check(connection, account):
    check = submit(connection, account)
    put_in_state(connection, check, "completed")
    imported = submit_import(connection, account, check.id, "ada", NOON)
    with pytest.raises(NotFound, match="no such check"):
        submit_import(connection, account, imported.id, "ada", NOON)


@pytest.mark.parametrize("state", ["completed", "failed", "cancelled", "expired"])
def test_what_is_over_can_be_checked_again_once(connection, account, state):
    check = submit(connection, account)
    put_in_state(connection, check, state)
    again = check_again(connection, account, check.id, "ada", NOON)
    assert (again.dry_run, again.sha256, again.id != check.id) == (True, check.sha256, True)
    assert check_again(connection, account, check.id, "ada", NOON) == again


@pytest.mark.parametrize("state", ["waiting", "processing"])
def test_what_is_under_way_is_not_checked_again(connection, account, state):
    check = submit(connection, account)
    put_in_state(connection, check, state)
    with pytest.raises(NotAllowed, match=f"this import is {state}; wait for its end"):
        check_again(connection, account, check.id, "ada", NOON)


class TestCancelling:
    def test_a_waiting_import_is_cancelled_with_a_reason(self, connection, account):
        check = submit(connection, account)
        cancel(connection, account.id, check.id, NOON)
        found = get_import(connection, check.partition_key)
        assert (found.state, found.reason) == ("cancelled", CANCELLED)

    def test_one_that_a_run_works_on_is_cancelled_too(self, connection, account):
        check = submit(connection, account)
        open_attempt(connection, check.id, "run", again=False)
        cancel(connection, account.id, check.id, NOON)
        assert get_import(connection, check.partition_key).state == "cancelled"
        assert latest_attempt(connection, check.id).fault_code == "cancelled"

    @pytest.mark.parametrize("state", ["completed", "failed", "cancelled"])
    def test_no_other_is(self, connection, account, state):
        check = submit(connection, account)
        put_in_state(connection, check, state)
        with pytest.raises(NotAllowed, match=f"this import is {state}"):
            cancel(connection, account.id, check.id, NOON)
        assert get_import(connection, check.partition_key).reason is None

    def test_nor_one_that_came_another_way(self, connection, account, database, tmp_path):
        imported = put(database, connection, account, "x", folder=tmp_path)
        with pytest.raises(NotAllowed, match="only what was sent at the portal"):
            cancel(connection, account.id, imported.id, NOON)
        assert get_import(connection, imported.partition_key).state == "waiting"

    def test_nor_one_of_another_account(self, connection, account):
        other = add_account(connection, "other", "ptdirect")
        check = submit(connection, account)
        with pytest.raises(NotFound):
            cancel(connection, other.id, check.id, NOON)
        assert get_own(connection, account.id, check.id).state == "waiting"


def test_the_checked_attempt_is_the_last_that_finished(connection, account):
    check = submit(connection, account)
    put_in_state(connection, check, "completed")
    imported = submit_import(connection, account, check.id, "ada", NOON)
    assert checked_attempt(connection, imported.id) is None
    for number, state in ((1, "finished"), (2, "finished"), (3, "failed")):
        connection.execute(
            "INSERT INTO attempt (import_id, number, state) VALUES (%s, %s, %s)",
            (check.id, number, state),
        )
    assert checked_attempt(connection, imported.id) == (check.id, 2)
    assert checked_attempt(connection, check.id) is None
