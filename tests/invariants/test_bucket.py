"""The promises where files are kept in a bucket, and where its server fails meanwhile."""

import shutil
from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.landing.archive_copy import archive_key
from registry.landing.receive import archived_file, receive
from registry.ledger.imports import get_import
from registry.ledger.results import find_result, result_key
from schemas.errors import ArchiveDamaged, StorageUnavailable
from tests.buckets import s3_server
from tests.files import care, john, maria
from tests.importing import STAGES, process, put
from tests.state import facts

CONTENT = care(maria(city="Rome"), john(city="Lima")).encode()
NAMES = tuple(stage.name for stage in STAGES)


@pytest.fixture
def account(connection):
    added = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return added


def machine(database, bucket, tmp_path, name):
    """Settings of a machine: a home of its own, the common database and bucket."""
    return database.model_copy(
        update={
            "home": tmp_path / name,
            "store_url": bucket.url,
            "store_timeout_seconds": 2.0,
        }
    )


@pytest.fixture
def one(database, bucket, tmp_path):
    return machine(database, bucket, tmp_path, "one")


@pytest.fixture
def other(database, bucket, tmp_path):
    return machine(database, bucket, tmp_path, "other")


def test_a_file_that_one_machine_takes_in_another_imports_and_answers(
    bucket, one, other, connection, account, tmp_path
):
    received = put(one, connection, account, CONTENT, folder=tmp_path)
    connection.commit()
    assert bucket.get(archive_key(received.sha256)) == CONTENT
    done = process(other, connection, received)
    connection.commit()
    assert done.outcomes == ["created", "created"]
    shutil.rmtree(other.copies_dir)
    found = find_result(connection, one, done.imported, 1, "result")
    assert found.intact_path().read_bytes().decode() == done.result
    assert done.result.count("\r\n") == 3


def test_the_result_has_the_bytes_that_folders_give_it(
    database, one, connection, account, tmp_path
):
    stored = process(one, connection, put(one, connection, account, CONTENT, folder=tmp_path))
    ids = [row["patient_id"] for row in stored.rows]
    second = add_account(connection, "second", "thoroughcare")
    kept = process(
        database, connection, put(database, connection, second, CONTENT, folder=tmp_path)
    )
    plain = kept.result
    for before, after in zip((row["patient_id"] for row in kept.rows), ids, strict=True):
        plain = plain.replace(str(before), str(after))
    assert stored.result == plain


def test_staging_and_copies_of_a_machine_that_is_lost_are_made_again_on_another(
    one, other, connection, account, tmp_path
):
    received = put(one, connection, account, CONTENT, folder=tmp_path)
    process(one, connection, received, stages=NAMES[:3])
    connection.commit()
    shutil.rmtree(one.home)
    done = process(other, connection, received)
    assert done.outcomes == ["created", "created"]


@pytest.mark.parametrize("how", [b"", b"other bytes", CONTENT[:-40]])
def test_nothing_of_damaged_bytes_is_imported_and_restored_ones_are(
    bucket, one, connection, account, tmp_path, how
):
    received = put(one, connection, account, CONTENT, folder=tmp_path)
    bucket.put(archive_key(received.sha256), how)
    failed = process(one, connection, received)
    assert failed.attempt.fault_code == "archive_damaged"
    bucket.put(archive_key(received.sha256), CONTENT)
    again = process(one, connection, failed.imported, again=True)
    assert again.outcomes == ["created", "created"]


def test_an_object_that_is_gone_is_said_and_holds_nothing_else(
    bucket, one, connection, account, tmp_path
):
    received = put(one, connection, account, CONTENT, folder=tmp_path)
    bucket.delete(archive_key(received.sha256))
    with pytest.raises(StorageUnavailable, match="does not hold"):
        archived_file(one, received.sha256)


def test_a_damaged_result_is_not_given_out(bucket, one, connection, account, tmp_path):
    done = process(one, connection, put(one, connection, account, CONTENT, folder=tmp_path))
    (key,) = [key for key in bucket.keys("results") if "failed" not in key.lower()]
    bucket.put(key, b"other")
    shutil.rmtree(one.copies_dir)
    found = find_result(connection, one, done.imported, 1, "result")
    assert found.key == key == result_key(done.imported.partition_key, found.name)
    assert found.intact_path() is None


class TestAStoreThatDoesNotAnswer:
    @pytest.fixture
    def failing(self, database, tmp_path, monkeypatch):
        """Settings of a bucket, its server's process, and what starts the server again."""
        monkeypatch.delenv("SSL_CERT_DIR", raising=False)
        with s3_server() as server:
            for name, value in server.environment.items():
                monkeypatch.setenv(name, value)
            yield machine(database, server.make_bucket(), tmp_path, "home"), server

    def test_receives_nothing_by_halves_and_goes_on_afterwards(
        self, failing, connection, account, tmp_path
    ):
        settings, server = failing
        before = facts(connection, account.id)
        path = tmp_path / "roster.csv"
        path.write_bytes(CONTENT)
        server.pause()
        with pytest.raises(StorageUnavailable, match="nothing was lost"):
            receive(
                connection, settings, account, path, source="cli", received_at=datetime.now(UTC)
            )
        connection.rollback()
        assert facts(connection, account.id) == before
        server.resume()
        received = receive(
            connection, settings, account, path, source="cli", received_at=datetime.now(UTC)
        )
        assert process(settings, connection, received).outcomes == ["created", "created"]

    @pytest.mark.parametrize("stage", range(5))
    def test_during_a_stage_leaves_the_import_to_a_later_run(
        self, failing, connection, account, tmp_path, stage
    ):
        settings, server = failing
        received = put(settings, connection, account, CONTENT, folder=tmp_path)
        connection.commit()
        if stage:
            process(settings, connection, received, stages=NAMES[:stage])
            connection.commit()
        shutil.rmtree(settings.copies_dir, ignore_errors=True)
        server.pause()
        try:
            process(settings, connection, received, stages=NAMES[stage:])
        except (StorageUnavailable, ArchiveDamaged):
            connection.rollback()
        server.resume()
        done = process(settings, connection, get_import(connection, received.partition_key))
        assert done.imported.state == "completed"
        assert done.outcomes == ["created", "created"]
