"""The DuckDB file of an import, and the engine that all imports of a process share."""

from dataclasses import replace
from itertools import chain

import duckdb
import polars as pl
import pyarrow as pa
import pytest

from assets.attempt_work import load_work
from assets.staging_database import (
    BATCH_ROWS,
    create_table,
    create_table_in_batches,
    open_staging,
    read_in_batches,
    scalar,
)
from registry.accounts.accounts import add_account
from registry.landing.disk_reserve import free_bytes
from registry.ledger.states import open_attempt
from schemas.errors import NotAllowed
from tests.importing import process, put

ROW = "C1,Ada,Smith,1977,f\n"


@pytest.fixture
def work_on(database, connection, tmp_path):
    """The work on a new import with this content."""
    own = database.model_copy(update={"duckdb_threads": 3, "home": tmp_path / "home"})
    account = add_account(connection, "clinic", "ptdirect")

    def work_on(content=ROW):
        imported = put(own, connection, account, content, folder=tmp_path)
        open_attempt(connection, imported.id, "test", again=False)
        return load_work(connection, own, imported.partition_key)

    return work_on


@pytest.mark.parametrize(("rows", "threads"), [(1, 1), (60_000, 3)], ids=["small", "large"])
def test_a_small_file_gets_one_thread_and_a_large_one_as_many_as_are_set(work_on, rows, threads):
    with open_staging(work_on(ROW * rows), fresh=True) as staging:
        assert scalar(staging, "SELECT current_setting('threads')") == threads


def test_tables_are_kept_from_stage_to_stage_and_temporary_ones_are_not(work_on):
    work = work_on()
    with open_staging(work, fresh=True) as staging:
        staging.execute("CREATE TABLE kept AS SELECT 7 AS number")
        create_table(staging, "gone", pl.DataFrame({"number": [7]}))
    with open_staging(work) as staging:
        assert scalar(staging, "SELECT number FROM kept") == 7
        tables = {name for (name,) in staging.execute("SHOW TABLES").fetchall()}
    assert "gone" not in tables


def test_a_fresh_file_has_no_tables_of_an_earlier_attempt(work_on):
    work = work_on()
    with open_staging(work, fresh=True) as staging:
        staging.execute("CREATE TABLE kept AS SELECT 7 AS number")
    with open_staging(work, fresh=True) as staging:
        assert "kept" not in {name for (name,) in staging.execute("SHOW TABLES").fetchall()}


def test_a_stage_whose_file_is_gone_says_where_to_begin(work_on):
    with pytest.raises(NotAllowed, match="materialise all five stages together"):
        open_staging(work_on()).__enter__()


def test_imports_of_a_process_do_not_see_each_others_tables(work_on):
    first, second = work_on(), work_on(ROW.replace("C1", "C2"))
    with open_staging(first, fresh=True) as one, open_staging(second, fresh=True) as other:
        one.execute("CREATE TABLE mine AS SELECT 1 AS number")
        other.execute("CREATE TABLE mine AS SELECT 2 AS number")
        assert scalar(one, "SELECT number FROM mine") == 1
        assert scalar(other, "SELECT number FROM mine") == 2


def test_the_macros_of_all_stages_are_defined(work_on):
    with open_staging(work_on(), fresh=True) as staging:
        found = staging.execute("SELECT read_state('new york'), read_state('Narnia')").fetchone()
    assert found == ("NY", "Narnia")


@pytest.mark.parametrize(
    "data",
    [pl.DataFrame({"number": [1, 2]}), pa.table({"number": [1, 2]})],
    ids=["polars", "arrow"],
)
def test_a_table_is_created_and_replaced_from_a_frame(work_on, data):
    with open_staging(work_on(), fresh=True) as staging:
        create_table(staging, "given", pl.DataFrame({"other": ["x"]}))
        create_table(staging, "given", data)
        assert scalar(staging, "SELECT sum(number) FROM given") == 3


def test_a_table_of_many_rows_is_read_and_made_a_batch_at_a_time(work_on):
    rows = 2 * BATCH_ROWS + 1
    with (
        open_staging(work_on(), fresh=True) as staging,
        open_staging(work_on(), fresh=True) as other,
    ):
        batches = read_in_batches(staging, f"SELECT range AS number FROM range({rows})")
        first = next(batches)
        assert first.height <= BATCH_ROWS
        create_table_in_batches(other, "copied", chain([first, first.clear()], batches))
        assert scalar(other, "SELECT count(DISTINCT number) FROM copied") == rows
        assert scalar(other, "SELECT count(*) FROM copied") == rows


def test_a_preview_spills_where_imports_do_and_so_has_no_engine_of_its_own(work_on, tmp_path):
    work = replace(work_on(), staging_dir=tmp_path / "preview")
    with open_staging(work, fresh=True) as staging:
        found = staging.execute("SELECT current_setting('temp_directory')").fetchone()
    assert found == (str(work.settings.staging_dir / "spill"),)


def test_a_query_that_needs_more_disk_than_there_is_room_for_ends_and_leaves_the_reserve(
    work_on, small_disk
):
    folder, grow = small_disk
    work = work_on()
    own = work.settings.model_copy(
        update={"home": folder, "duckdb_memory_limit": "20MB", "disk_reserve_bytes": 4 * 2**20}
    )
    work = replace(work, settings=own, staging_dir=own.staging_dir)
    large = "CREATE TEMP TABLE large AS SELECT md5(range::VARCHAR) AS digest FROM range(800000)"
    with open_staging(work, fresh=True) as staging:
        with pytest.raises(duckdb.OutOfMemoryException, match="max_temp_directory_size"):
            staging.execute(large)
        assert free_bytes(folder) >= own.disk_reserve_bytes
    grow()
    with open_staging(work) as staging:
        staging.execute(large)
        assert scalar(staging, "SELECT count(*) FROM large") == 800_000


def test_a_query_without_a_value_counts_as_zero(work_on):
    with open_staging(work_on(), fresh=True) as staging:
        assert scalar(staging, "SELECT sum(number) FROM (SELECT 1 AS number) WHERE false") == 0


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
