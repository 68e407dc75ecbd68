"""Disk full, folders gone, PostgreSQL down: nothing is lost, and imports continue afterwards."""

import os
import resource
import signal
import subprocess
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect, start_embedded, stop_embedded
from registry.ledger.imports import get_import, latest_attempt
from registry.migrations import migrate
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable, StorageUnavailable
from tests.files import care, john, maria, tree
from tests.importing import STAGES, process, put
from tests.logins import addresses
from tests.processes import FORKED
from tests.state import dump

NAMES = tuple(stage.name for stage in STAGES)


@pytest.fixture
def waiting(database, connection, tmp_path):
    """An import that was received and not worked on yet."""
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return put(database, connection, account, care(maria(), john()), folder=tmp_path)


def state(settings, imported):
    with connect(settings) as connection:
        return get_import(connection, imported.partition_key).state


def test_a_missing_archive_file_leaves_the_import_in_processing(database, connection, waiting):
    kept = database.archive_dir / waiting.sha256[:2] / waiting.sha256
    aside = kept.rename(kept.with_name("aside"))
    with pytest.raises(StorageUnavailable, match="archive") as raised:
        process(database, connection, waiting)
    connection.rollback()
    assert raised.value.code == "storage_unavailable"
    assert state(database, waiting) == "processing"
    aside.rename(kept)
    assert process(database, connection, waiting).outcomes == ["created", "created"]
    assert state(database, waiting) == "completed"


@pytest.mark.parametrize("lost_before", NAMES[1:])
def test_an_import_continues_after_an_outage_of_the_archive(
    database, connection, waiting, lost_before
):
    place = NAMES.index(lost_before)
    process(database, connection, waiting, stages=NAMES[:place])
    kept = database.archive_dir / waiting.sha256[:2] / waiting.sha256
    aside = kept.rename(kept.with_name("aside"))
    try:
        process(database, connection, waiting, stages=NAMES[place:])
    except StorageUnavailable:
        connection.rollback()
    aside.rename(kept)
    assert process(database, connection, waiting).outcomes == ["created", "created"]


def test_a_result_folder_that_is_a_file_leaves_the_registry_applied_and_goes_on(
    database, connection, waiting
):
    # Permissions do not stop root, a plain file in the way stops everybody.
    blocker = database.results_dir / waiting.partition_key
    blocker.parent.mkdir(parents=True, exist_ok=True)
    blocker.write_text("in the way")
    with pytest.raises(StorageUnavailable, match=r"continues|try again"):
        process(database, connection, waiting)
    connection.rollback()
    assert latest_attempt(connection, waiting.id).state == "applied"
    assert state(database, waiting) == "processing"
    blocker.unlink()
    assert process(database, connection, waiting).result.count("Created") == 2


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes where it likes")
def test_a_result_folder_that_may_not_be_written_leaves_the_import_unfinished(
    database, connection, waiting
):
    folder = database.results_dir / waiting.partition_key
    folder.mkdir(parents=True)
    folder.chmod(0o500)
    with pytest.raises(StorageUnavailable):
        process(database, connection, waiting)
    connection.rollback()
    folder.chmod(0o700)
    assert process(database, connection, waiting).imported.state == "completed"


def run_short_of_disk(settings: Settings, key: str, stage: str, limit: int) -> str | None:
    """Run a stage in this process, which is the test's own, and return what it said."""
    # What the kernel does to a process that writes past the limit: EFBIG, as ENOSPC on a full disk.
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    with connect(settings) as connection:
        resource.setrlimit(resource.RLIMIT_FSIZE, (limit, resource.RLIM_INFINITY))
        try:
            process(settings, connection, get_import(connection, key), stages=(stage,))
        except StorageUnavailable as error:
            return str(error)
    return None


def short_of_disk(*given: object) -> str | None:
    """What a stage says where no file may grow past the limit; None where it found room."""
    with ProcessPoolExecutor(1, mp_context=FORKED) as pool:
        return pool.submit(run_short_of_disk, *given).result(120)


@pytest.mark.slow
@pytest.mark.parametrize("stage", ["landed_files", "matched_patients", "result_files"])
def test_a_full_disk_is_reported_and_the_import_continues_when_there_is_room(
    database, connection, tmp_path, stage
):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    rows = [maria(ehr=f"E-{i}", last=f"Lopez{i}", notes="n" * 200) for i in range(500)]
    imported = put(database, connection, account, care(*rows), folder=tmp_path)
    if stage != NAMES[0]:
        process(database, connection, imported, stages=NAMES[: NAMES.index(stage)])
    connection.commit()
    said = short_of_disk(database, imported.partition_key, stage, 20_000)
    assert said
    assert "free space" in said.lower()
    assert state(database, imported) == "processing"
    assert not [name for name in tree(database.results_dir) if imported.partition_key in name]
    assert set(process(database, connection, imported).outcomes) == {"created"}
    assert state(database, imported) == "completed"


@pytest.fixture
def tiny_disk(database, waiting) -> Iterator[Path]:
    """A real file system of 64 kB where the results of `waiting` go."""
    folder = database.results_dir / waiting.partition_key
    folder.mkdir(parents=True)
    mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", str(folder)]
    if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
        pytest.skip("mounting a file system takes root")
    yield folder
    subprocess.run(["/bin/umount", str(folder)], check=True)


def test_a_real_full_disk_leaves_no_half_result_and_the_import_goes_on(
    database, connection, waiting, tiny_disk
):
    ballast = tiny_disk / "ballast"
    ballast.write_bytes(bytes(64 * 1024))
    with pytest.raises(StorageUnavailable, match="No space left"):
        process(database, connection, waiting)
    connection.rollback()
    assert latest_attempt(connection, waiting.id).state == "applied"
    assert list(tree(tiny_disk)) == ["ballast"]
    ballast.unlink()
    assert process(database, connection, waiting).imported.state == "completed"
    assert len(tree(tiny_disk)) == 2


@pytest.fixture
def own_server(embedded: Settings, tmp_path: Path) -> Iterator[tuple[Settings, object]]:
    """A server of this test's own with an import waiting on it, and its address written down."""
    url = start_embedded(embedded)
    external = Settings(home=embedded.home, **addresses(url))
    migrate(external)
    with connect(external) as connection:
        account = add_account(connection, "clinic", "thoroughcare")
        waiting = put(external, connection, account, care(maria(), john()), folder=tmp_path)
    yield external, waiting
    start_embedded(embedded)


@pytest.mark.slow
def test_postgresql_may_go_away_before_and_during_every_stage(own_server, embedded):
    settings, waiting = own_server
    for name in NAMES:
        stop_embedded(embedded)
        with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
            connect(settings)
        start_embedded(embedded)
        with connect(settings) as lost:
            stop_embedded(embedded)
            with pytest.raises(DatabaseUnavailable, match="cannot be reached"):
                process(settings, lost, waiting, stages=(name,))
            start_embedded(embedded)
        with connect(settings) as connection:
            assert get_import(connection, waiting.partition_key).state in ("waiting", "processing")
            done = process(settings, connection, waiting, stages=(name,))
    assert done.imported.state == "completed"
    assert done.outcomes == ["created", "created"]


@pytest.mark.slow
def test_a_session_cut_off_in_the_middle_of_a_stage_leaves_nothing_half_done(
    database, connection, waiting
):
    process(database, connection, waiting, stages=NAMES[:3])
    connection.commit()
    before = dump(connection)
    with connect(database) as cut:
        cut.execute("SELECT 1")
        connection.execute("SELECT pg_terminate_backend(%s)", (cut.info.backend_pid,))
        connection.commit()
        with pytest.raises(DatabaseUnavailable):
            process(database, cut, waiting, stages=("patients",))
    assert dump(connection) == before
    assert process(database, connection, waiting).outcomes == ["created", "created"]
