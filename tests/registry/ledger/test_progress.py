"""How far an attempt is, and that a further one is not taken for the one before it."""

from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.ledger.progress import read_progress, record_stage
from registry.ledger.states import open_attempt
from tests.importing import put

pytestmark = pytest.mark.external_postgres


@pytest.fixture
def imported(database, connection, tmp_path):
    account = add_account(connection, "desk", "ptdirect")
    return put(database, connection, account, "C1,Ada,Smith,1977,f\n", folder=tmp_path)


def stage_done(connection, imported, number, name, **counts):
    now = datetime.now(UTC)
    record_stage(connection, imported.id, number, name, now, seconds=1.0, counts=counts)


def test_nothing_is_done_before_there_is_an_attempt(connection, imported):
    progress = read_progress(connection, imported.id)
    assert (progress.stages, progress.records) == ([], None)


def test_stages_come_in_their_order_and_counts_as_soon_as_they_are_known(connection, imported):
    open_attempt(connection, imported.id, "test", again=False)
    stage_done(connection, imported, 1, "landed_files", records=7)
    stage_done(connection, imported, 1, "staged_patients", records=7, errored=2)
    progress = read_progress(connection, imported.id)
    assert progress.stages == ["landed_files", "staged_patients"]
    assert (progress.records, progress.errored, progress.created) == (7, 2, None)


def test_a_further_attempt_that_is_waited_for_has_done_nothing_yet(connection, imported):
    open_attempt(connection, imported.id, "test", again=False)
    stage_done(connection, imported, 1, "landed_files", records=7)
    connection.execute("UPDATE attempt SET state = 'finished'")
    assert read_progress(connection, imported.id).stages == ["landed_files"]
    assert read_progress(connection, imported.id, 1).stages == []
    open_attempt(connection, imported.id, "test", again=True)
    stage_done(connection, imported, 2, "landed_files", records=8)
    assert read_progress(connection, imported.id, 1).records == 8
