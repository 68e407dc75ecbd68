"""The figures of the whole installation, against a registry whose state is known."""

import threading
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import psycopg
import pytest
from dagster import DagsterRun, DagsterRunStatus
from prometheus_client import CollectorRegistry, generate_latest

from cli.services.figures import Figures
from pipelines.storage import PooledPostgresStorage
from registry.accounts.accounts import add_account
from registry.database.connections import connect, dagster_url, database_url
from registry.webhooks.endpoints import set_webhook
from tests.files import care, john, maria
from tests.importing import process, put
from tests.scraping import parsed
from tests.waiting import eventually


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path})


def figures(settings):
    """What a scrape shows; each call looks anew."""
    registry = CollectorRegistry()
    registry.register(Figures(settings))
    return parsed(generate_latest(registry).decode())


def one(found, name, **labels):
    return found[name][tuple(sorted(labels.items()))]


def test_an_empty_installation_has_zeros_and_no_gaps(home):
    found = figures(home)
    assert one(found, "rosterline_imports", state="waiting") == 0
    assert one(found, "rosterline_imports_oldest_seconds", state="processing") == 0
    assert one(found, "rosterline_imports_late") == 0
    assert one(found, "rosterline_rows_last_day", outcome="created") == 0
    assert one(found, "rosterline_webhooks_undelivered") == 0
    assert one(found, "rosterline_database_up", database="registry") == 1
    assert one(found, "rosterline_home_free_bytes") > 0


def test_imports_are_counted_by_state_and_their_rows_by_outcome(home, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare", cadence="on_arrival")
    connection.commit()
    now = datetime.now(UTC)
    before = one(figures(home), "rosterline_rows_total")
    rows = care(maria(), john(), {**john(), "ehr": "E-7", "born": "soon"})
    old = put(home, connection, account, rows, folder=tmp_path,
              received_at=now - timedelta(hours=7), name="first.csv")  # fmt: skip
    connection.commit()
    found = figures(home)
    assert one(found, "rosterline_imports", state="waiting") == 1
    assert 25_000 < one(found, "rosterline_imports_oldest_seconds", state="waiting") < 26_000
    assert one(found, "rosterline_imports_late") == 1
    process(home, connection, old)
    connection.commit()
    found = figures(home)
    assert one(found, "rosterline_imports", state="waiting") == 0
    assert one(found, "rosterline_imports_late") == 0
    assert one(found, "rosterline_imports_last_day", state="completed") == 1
    assert one(found, "rosterline_rows_last_day", outcome="created") == 2
    assert one(found, "rosterline_rows_last_day", outcome="errored") == 1
    eventually(lambda: one(figures(home), "rosterline_rows_total") == before + 3)


def test_imports_of_the_day_before_do_not_count(home, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    at = datetime.now(UTC) - timedelta(hours=25)
    done = put(home, connection, account, care(maria()), folder=tmp_path, received_at=at)
    process(home, connection, done)
    connection.commit()
    assert one(figures(home), "rosterline_imports_last_day", state="completed") == 0


def test_a_session_that_waits_for_a_lock_is_seen(home, connection):
    # A lock that no query of the figures asks for.
    connection.execute("SELECT pg_advisory_xact_lock(20)")
    holds = one(figures(home), "rosterline_lock_waits")

    def wait():
        with connect(home) as other:
            other.execute("SELECT pg_advisory_xact_lock(20)")

    waiting = threading.Thread(target=wait)
    waiting.start()
    try:
        eventually(lambda: one(figures(home), "rosterline_lock_waits") > holds)
        assert one(figures(home), "rosterline_lock_wait_seconds") > 0
    finally:
        connection.rollback()
        waiting.join(20)
    eventually(lambda: one(figures(home), "rosterline_lock_waits") == 0)


def test_webhooks_that_are_not_delivered_are_counted_with_their_age(home, connection, tmp_path):
    account = add_account(connection, "harbor", "thoroughcare", cadence="on_arrival")
    quiet = add_account(connection, "quiet", "thoroughcare", cadence="on_arrival")
    hour_ago = datetime.now(UTC) - timedelta(hours=1)
    set_webhook(connection, account.id, "https://receiver.example/hook", hour_ago)
    for each in (account, quiet):
        imported = put(home, connection, each, care(maria()), folder=tmp_path)
        connection.execute(
            "INSERT INTO webhook_message (account_id, import_id, state, created_at)"
            " VALUES (%s, %s, 'completed', %s)",
            (each.id, imported.id, hour_ago),
        )
    connection.commit()
    found = figures(home)
    assert one(found, "rosterline_webhooks_undelivered") == 1
    assert 3600 <= one(found, "rosterline_webhooks_oldest_seconds") < 3700
    connection.execute("UPDATE webhook_message SET delivered_at = now()")
    connection.commit()
    assert one(figures(home), "rosterline_webhooks_undelivered") == 0


def test_runs_of_dagster_are_counted_by_status(home):
    own = home.model_copy(update={"dagster_database": f"dagster_{uuid4().hex}"})
    url = dagster_url(own)
    assert "rosterline_dagster_runs" in figures(own)  # Dagster has made no tables yet
    storage = PooledPostgresStorage(url)
    try:
        for status in map(DagsterRunStatus, ("STARTED", "STARTED", "STARTING", "SUCCESS")):
            storage.run_storage.add_run(
                DagsterRun(job_name="import_files", run_id=str(uuid4()), status=status)
            )
        found = figures(own)
        assert one(found, "rosterline_dagster_runs", status="started") == 2
        assert one(found, "rosterline_dagster_runs", status="starting") == 1
        assert one(found, "rosterline_dagster_runs", status="canceling") == 0
    finally:
        storage.run_storage.dispose()
        with psycopg.connect(database_url(home), autocommit=True) as server:
            server.execute(f"DROP DATABASE {own.dagster_database} WITH (FORCE)")


def test_without_a_database_the_scrape_says_so_and_nothing_else(home):
    away = home.model_copy(update={"runs_database_url": "postgresql://x:y@127.0.0.1:1/none"})
    found = figures(away)
    assert one(found, "rosterline_database_up", database="registry") == 0
    assert one(found, "rosterline_database_up", database="dagster") == 0
    assert "rosterline_imports" not in found


def test_scrapes_in_a_row_are_one_look(home, connection, tmp_path):
    registry = CollectorRegistry()
    registry.register(Figures(home))

    def waiting():
        found = parsed(generate_latest(registry).decode())
        return one(found, "rosterline_imports", state="waiting")

    assert waiting() == 0
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    put(home, connection, account, care(maria()), folder=tmp_path)
    connection.commit()
    assert waiting() == 0
    eventually(lambda: waiting() == 1)


def test_registering_it_asks_no_database(home):
    away = home.model_copy(update={"runs_database_url": "postgresql://x:y@127.0.0.1:1/none"})
    CollectorRegistry().register(Figures(away))
