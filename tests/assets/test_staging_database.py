"""The engine in which an import's stages meet."""

import pytest

from assets.attempt_work import load_work
from assets.staging_database import open_staging, scalar
from registry.accounts.accounts import add_account
from registry.ledger.states import open_attempt
from tests.importing import process, put

ROW = "C1,Ada,Smith,1977,f\n"


@pytest.mark.parametrize(("rows", "threads"), [(1, 1), (60_000, 3)], ids=["small", "large"])
def test_a_small_file_gets_one_thread_and_a_large_one_as_many_as_are_set(
    database, connection, tmp_path, rows, threads
):
    own = database.model_copy(update={"duckdb_threads": 3})
    account = add_account(connection, "clinic", "ptdirect")
    imported = put(own, connection, account, ROW * rows, folder=tmp_path)
    open_attempt(connection, imported.id, "test", again=False)
    with open_staging(load_work(connection, own, imported.partition_key), fresh=True) as staging:
        assert scalar(staging, "SELECT current_setting('threads')") == threads


@pytest.mark.parametrize("kept", [False, True])
def test_staging_files_go_with_the_end_of_their_import_unless_kept(
    database, connection, tmp_path, kept
):
    own = database.model_copy(update={"home": tmp_path / "home", "keep_staging": kept})
    account = add_account(connection, "clinic", "ptdirect")
    waiting = put(own, connection, account, ROW, folder=tmp_path)
    process(own, connection, waiting, stages=("landed_files", "staged_patients"))
    assert list(own.staging_dir.glob("*.duckdb"))
    process(own, connection, waiting)
    assert bool(list(own.staging_dir.glob("*.duckdb*"))) == kept
    assert process(own, connection, waiting, again=True).outcomes == ["unchanged"]
