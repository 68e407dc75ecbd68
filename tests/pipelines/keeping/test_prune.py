"""Pruning, against a real registry and Dagster's real storage: what goes, stays, and returns."""

import os
from datetime import UTC, datetime, timedelta

import dagster as dg
import pytest

from assets.partitions import CLAIMED
from pipelines.ask_for_runs import ask_for_due
from pipelines.command_runs import run_batch
from pipelines.definitions import defs
from pipelines.jobs import import_files
from pipelines.keeping.prune import prune
from pipelines.process_environment import dagster_environment
from pipelines.runs_of_imports import PARTITIONS
from registry.accounts.accounts import add_account
from registry.documents.plans import plan, recount, want
from registry.documents.progress import progress_of
from registry.landing.archive_copy import archive_key
from registry.ledger.imports import get_import, list_attempts
from registry.ledger.results import list_kept_files
from tests.files import care, john, maria
from tests.importing import process, put

pytestmark = [
    pytest.mark.filterwarnings("ignore:The `__fields__` attribute:DeprecationWarning"),
    pytest.mark.filterwarnings("ignore:Parameter `backfill_policy`"),
]

NOW = datetime.now(UTC)
LATER = NOW + timedelta(days=1)
"""A day after the tests' files came; a setting of half a day makes them old."""
HALF_A_DAY = 0.5


@pytest.fixture
def home(database, tmp_path, monkeypatch):
    own = database.model_copy(
        update={
            "home": tmp_path / "home",
            "keep_partitions_days": HALF_A_DAY,
            "keep_runs_days": HALF_A_DAY,
            "keep_staging_days": HALF_A_DAY,
        }
    )
    for name, value in own.as_environment().items():
        monkeypatch.setenv(name, value)
    return own


@pytest.fixture
def instance(home, monkeypatch):
    for name, value in dagster_environment(home).items():
        monkeypatch.setenv(name, value)
    with dg.DagsterInstance.get() as own:
        own.wipe()
        yield own


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def send(home, connection, clinic, tmp_path):
    def received(*rows, name="roster.csv", received_at=NOW):
        made = put(
            home, connection, clinic, care(*rows), folder=tmp_path, name=name,
            received_at=received_at,
        )  # fmt: skip
        connection.commit()
        return made

    return received


@pytest.fixture
def pruned(home, connection, instance):
    def counts(now=LATER, *, dry_run=False, **changes):
        settings = home.model_copy(update=changes)
        found = prune(connection, instance, settings, now, dry_run=dry_run)
        return {each.what: each.count for each in found if each.count}

    return counts


def run(instance, imported):
    instance.add_dynamic_partitions(PARTITIONS, [imported.partition_key])
    job = defs.resolve_job_def(import_files.name)
    ran = job.execute_in_process(
        instance=instance, partition_key=imported.partition_key, tags=CLAIMED
    )
    assert ran.success
    return ran.run_id


class TestPartitionsAndRuns:
    def test_the_key_and_the_run_of_an_old_import_go_and_its_backfill_brings_the_key_back(
        self, home, connection, instance, send, pruned
    ):
        imported = send(maria())
        run_id = run(instance, imported)
        found = pruned()
        assert found["partition keys"] == 1
        assert found["Dagster runs with their events"] == 1
        assert list(instance.get_dynamic_partitions(PARTITIONS)) == []
        assert instance.get_run_by_id(run_id) is None
        assert get_import(connection, imported.partition_key).state == "completed"

        run_batch(home, [imported], again=True)
        assert list(instance.get_dynamic_partitions(PARTITIONS)) == [imported.partition_key]
        assert len(list_attempts(connection, imported.id)) == 2
        materialized = instance.get_materialized_partitions(dg.AssetKey("result_files"))
        assert materialized == {imported.partition_key}

    def test_young_imports_and_those_that_are_not_over_keep_their_keys(
        self, instance, send, pruned
    ):
        long_ago = NOW - timedelta(days=400)
        waiting = send(john(), name="b.csv", received_at=long_ago)
        instance.add_dynamic_partitions(PARTITIONS, [waiting.partition_key])
        young = send(maria(), name="a.csv")
        run(instance, young)
        assert pruned(now=NOW + timedelta(minutes=5)) == {}
        assert len(instance.get_dynamic_partitions(PARTITIONS)) == 2

    def test_an_old_import_that_was_run_again_lately_keeps_its_key(self, instance, send, pruned):
        old = send(maria(), received_at=NOW - timedelta(days=400))
        run(instance, old)
        assert pruned(now=datetime.now(UTC)) == {}

    def test_an_import_that_a_run_works_on_keeps_its_key(
        self, home, connection, instance, send, pruned
    ):
        imported = send(maria())
        process(home, connection, imported)
        connection.commit()
        instance.add_dynamic_partitions(PARTITIONS, [imported.partition_key])
        instance.create_run_for_job(
            defs.resolve_job_def(import_files.name),
            status=dg.DagsterRunStatus.STARTED,
            tags={"dagster/partition": imported.partition_key},
        )
        assert "partition keys" not in pruned()

    def test_a_waiting_import_whose_key_was_retired_by_hand_gets_it_from_the_next_request(
        self, connection, instance, send
    ):
        imported = send(maria())
        asked = ask_for_due(connection, instance, "nightly", 10, due_at=LATER + timedelta(days=2))
        assert asked.keys == [imported.partition_key]

    def test_a_dry_run_removes_nothing_and_says_the_same(self, instance, send, pruned):
        run_id = run(instance, send(maria()))
        first = pruned(dry_run=True)
        assert first == pruned(dry_run=True)
        assert instance.get_run_by_id(run_id) is not None
        assert len(instance.get_dynamic_partitions(PARTITIONS)) == 1
        assert first == pruned()


class TestFiles:
    def test_received_files_are_kept_for_ever_by_default(self, home, connection, send, pruned):
        imported = send(maria())
        process(home, connection, imported)
        connection.commit()
        pruned(now=NOW + timedelta(days=20_000))
        assert (home.home / archive_key(imported.sha256)).exists()

    def test_an_old_received_file_goes_where_that_is_set_and_doctor_does_not_miss_it(
        self, home, connection, send, pruned
    ):
        imported = send(maria())
        process(home, connection, imported)
        connection.commit()
        assert pruned(keep_archive_days=HALF_A_DAY)["received files"] == 1
        assert not (home.home / archive_key(imported.sha256)).exists()
        assert list_kept_files(connection) == []
        assert "received files" not in pruned(keep_archive_days=HALF_A_DAY)

    @pytest.mark.parametrize("other", ["young", "waiting"])
    def test_bytes_that_another_import_needs_are_kept_for_it(
        self, home, connection, send, pruned, other
    ):
        old = send(maria(), name="a.csv", received_at=NOW - timedelta(days=3))
        process(home, connection, old)
        same = send(maria(), name="b.csv", received_at=NOW - timedelta(days=2))
        if other == "young":
            process(home, connection, same)
        connection.execute("UPDATE attempt SET finished_at = received_at FROM import"
                           " WHERE id = import_id AND id = %s", (old.id,))  # fmt: skip
        connection.commit()
        assert same.sha256 == old.sha256
        assert "received files" not in pruned(now=NOW + timedelta(hours=1), keep_archive_days=1)
        assert (home.home / archive_key(old.sha256)).exists()

    def test_old_results_go_where_that_is_set(self, home, connection, send, pruned):
        process(home, connection, send(maria()))
        connection.commit()
        assert pruned(keep_results_days=HALF_A_DAY)["result files"] == 3
        assert list(home.results_dir.iterdir()) == []

    def test_staging_that_was_left_over_goes_when_it_is_old(self, home, pruned):
        home.staging_dir.mkdir(parents=True)
        old, young = home.staging_dir / "old.duckdb", home.staging_dir / "young.duckdb"
        for path in (old, young):
            path.write_bytes(b"x")
        os.utime(young, (LATER.timestamp(), LATER.timestamp()))
        assert pruned() == {"staging files": 1}
        assert [path.name for path in home.staging_dir.iterdir()] == ["young.duckdb"]

    def test_rotated_logs_go_and_the_present_one_stays(self, home, pruned):
        home.log_dir.mkdir(parents=True)
        for name in ("api.log", "api.log.1"):
            (home.log_dir / name).write_text("x")
        assert pruned(keep_logs_days=HALF_A_DAY) == {"rotated logs": 1}
        assert [path.name for path in home.log_dir.iterdir()] == ["api.log"]


def test_rows_go_by_their_settings(connection, clinic, send, pruned):
    imported = send(maria())
    terms = {"account": clinic.id, "import": imported.id, "at": NOW}
    for statement in (
        "INSERT INTO access_event (door, action, at) VALUES ('sftp', 'sign_in', %(at)s)",
        """INSERT INTO notification
        (event, channel, first_tried_at, tried_at, next_try_at, told_at)
        VALUES ('e', 'c', %(at)s, %(at)s, %(at)s, %(at)s)""",
        """INSERT INTO webhook_message (account_id, import_id, state, delivered_at)
        VALUES (%(account)s, %(import)s, 'completed', %(at)s),
        (%(account)s, %(import)s, 'failed', NULL)""",
        "INSERT INTO portal_user (name, role, password_hash) VALUES ('a@b.c', 'operator', '')",
        """INSERT INTO portal_session (sha256, user_id, csrf_token, created_at, seen_at)
        SELECT 's', id, '', %(at)s, %(at)s FROM portal_user""",
    ):
        connection.execute(statement.encode(), terms)
    connection.commit()
    assert pruned(now=NOW + timedelta(days=20)) == {}
    found = pruned(now=NOW + timedelta(days=3_000))
    assert found == {
        "delivered webhooks": 1,
        "notifications": 1,
        "sessions of the portal": 1,
        "lines of the activity log": 1,
    }
    assert connection.execute("SELECT state FROM webhook_message").fetchall() == [("failed",)]


def test_unsent_document_queries_go_and_their_import_still_counts_them(
    home, connection, send, pruned
):
    done = process(home, connection, send(maria(), john())).imported
    people = connection.execute("SELECT id FROM patient ORDER BY id").fetchall()
    want(connection, done, configured=True)
    plan(connection, done, configured=True, again=False)
    for (patient,), state in zip(people, ("not-configured", "failed"), strict=True):
        connection.execute(
            "UPDATE document_query SET state = %s WHERE patient_id = %s", (state, patient)
        )
    recount(connection, done.id)
    connection.commit()
    before = progress_of(connection, [done.id])[done.id]
    assert (before.total, before.not_configured, before.failed) == (2, 1, 1)
    assert pruned(now=NOW + timedelta(days=20)) == {}
    found = pruned(now=NOW + timedelta(days=100))
    assert found["unsent document queries"] == 1
    kept = connection.execute("SELECT state FROM document_query").fetchall()
    assert kept == [("failed",)]
    recount(connection, done.id)
    assert progress_of(connection, [done.id])[done.id] == before
    # Where there is an endpoint again, a run over the import makes the query anew.
    plan(connection, done, configured=True, again=False)
    after = progress_of(connection, [done.id])[done.id]
    assert (after.total, after.not_configured, after.processing) == (2, 0, 1)


def test_the_asset_reports_what_was_removed(instance, send):
    run(instance, send(maria()))
    job = defs.resolve_job_def("prune")
    ran = job.execute_in_process(instance=instance)
    (event,) = ran.asset_materializations_for_node("pruned")
    assert event.metadata["partition keys"].value == 0
    assert event.metadata["bytes of files"].value == 0
