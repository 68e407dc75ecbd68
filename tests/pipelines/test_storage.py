"""Dagster's storage in an empty database, as at the first `rosterline up`."""

from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest

from pipelines.storage import PooledPostgresStorage
from registry.database.connections import dagster_url, database_url

AT_ONCE = 4
"""Webserver, daemon, the marts' code server and an import of the demonstration."""


@pytest.fixture
def empty_database(settings):
    """The URL of an empty database for Dagster."""
    own = settings.model_copy(update={"dagster_database": "dagster_of_test_storage"})
    yield dagster_url(own)
    with psycopg.connect(database_url(settings), autocommit=True) as connection:
        connection.execute(f"DROP DATABASE {own.dagster_database} WITH (FORCE)")


def test_processes_that_start_at_once_create_its_tables_without_a_log_message(
    empty_database, caplog
):
    with ThreadPoolExecutor(AT_ONCE) as beside:
        made = list(beside.map(PooledPostgresStorage, [empty_database] * AT_ONCE))
    assert caplog.messages == []
    for storage in made:
        assert storage.run_storage.get_runs(limit=1) == []
        storage.run_storage.dispose()
