"""After a kill, every query is sent, and an answered one is not sent again."""

import os
import subprocess
import sys
from contextlib import contextmanager
from pathlib import Path

import pytest

from registry.database.connections import connect
from registry.documents.dispatch import MAX_TRIES
from schemas.errors import DatabaseUnavailable
from tests.fhir import Reply, searchset
from tests.waiting import eventually

PROJECT = Path(__file__).parents[3]
ASK = """
import sys
from assets.document_queries.query import query_import
from registry.database.connections import connect
from registry.settings import Settings
with connect(Settings()) as connection:
    query_import(connection, Settings(), sys.argv[1], seconds=60, again=False)
"""
NAMES = [f"Ada{number}" for number in range(12)]


@contextmanager
def asking(harbor, imported):
    """A process that sends the queries of an import."""
    harbor.connection.commit()
    environment = {**os.environ, **harbor.settings.as_environment(), "PYTHONPATH": str(PROJECT)}
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", ASK, imported.partition_key],
        env=environment,
        cwd=PROJECT,
    )
    try:
        yield process
    finally:
        process.kill()
        process.wait()


@pytest.mark.slow
def test_after_a_kill_the_next_run_sends_the_remaining_queries(harbor, endpoint):
    # Four queries are answered, then none.
    endpoint.reply = lambda _: searchset(1) if len(endpoint.asked) <= 4 else Reply(hang=60)
    imported = harbor.has(*NAMES)
    harbor.settings = harbor.settings.model_copy(update={"fhir_concurrency": 2})
    with asking(harbor, imported) as process:
        eventually(lambda: len(endpoint.asked) == 6)
        process.kill()
        process.wait()
    answered, cut_off = endpoint.names[:4], set(endpoint.names[4:])
    assert sum(state == "completed" for state, _, _ in harbor.states().values()) == 4
    endpoint.reply = lambda _: searchset(1)
    asked_before = len(endpoint.asked)
    report = harbor.asks(imported)
    assert report.figures["completed"] == 12
    asked = endpoint.names[asked_before:]
    assert sorted(asked) == sorted(set(NAMES) - set(answered))
    assert cut_off <= set(asked)


@pytest.mark.slow
def test_a_second_process_leaves_the_endpoint_to_the_first(harbor, endpoint):
    endpoint.reply = lambda _: Reply(hang=60)
    imported = harbor.has("Ada", "Ben")
    harbor.settings = harbor.settings.model_copy(update={"fhir_concurrency": 1})
    with asking(harbor, imported):
        eventually(lambda: endpoint.asked)
        report = harbor.asks(imported)
    assert len(endpoint.asked) == 1
    assert report.figures["still open"] == 2


def test_a_query_that_is_cut_off_every_time_fails_in_the_end(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported, seconds=0)
    harbor.connection.execute(
        "UPDATE document_query SET claimed_at = now(), tries = %s WHERE patient_id = %s",
        (MAX_TRIES, harbor.patient("Ada")),
    )
    harbor.asks(imported)
    assert endpoint.names == ["Ben"]
    assert harbor.states()["Ada"] == ("failed", None, "cut_off")


def test_a_removed_patient_does_not_delay_the_others(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported, seconds=0)
    harbor.connection.execute("DELETE FROM patient WHERE first_name = 'Ada'")
    report = harbor.asks(imported)
    assert (report.figures["completed"], report.figures["failed"]) == (1, 1)
    assert endpoint.names == ["Ben"]
    assert harbor.progress(imported).state == "settled"


def test_a_lost_database_is_reported_and_the_rest_is_sent_later(harbor, endpoint):
    def cutting_off(_):
        if len(endpoint.asked) == 2:
            with connect(harbor.settings) as other:
                other.execute(
                    "SELECT pg_terminate_backend(pid) FROM pg_locks WHERE locktype = 'advisory'"
                    " AND database = (SELECT oid FROM pg_database"
                    "  WHERE datname = current_database()) AND pid <> pg_backend_pid()"
                )
        return searchset(1)

    endpoint.reply = cutting_off
    imported = harbor.has("Ada", "Ben", "Cleo")
    with pytest.raises(DatabaseUnavailable, match="document_queries of import"):
        harbor.asks(imported, fhir_concurrency=1)
    report = harbor.asks(imported)
    assert report.figures["completed"] == 3
    assert sorted(endpoint.names) == ["Ada", "Ben", "Ben", "Cleo"]


def test_an_attempt_that_ends_while_queries_are_sent_is_planned_next(harbor, endpoint):
    from registry.documents.plans import due_plans, want

    def ending(_):
        if len(endpoint.asked) == 1:
            with connect(harbor.settings) as other:
                want(other, imported, configured=True)
        return searchset()

    endpoint.reply = ending
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported, fhir_concurrency=1)
    assert harbor.progress(imported).state == "wanted"
    (due,) = due_plans(harbor.connection, 10)
    assert due.partition_key == imported.partition_key
