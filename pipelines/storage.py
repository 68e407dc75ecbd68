"""Where Dagster keeps runs and events: PostgreSQL, over connections that are kept.

Dagster's own class opens a connection for each query, some 300 for an import of one row: more time
than the import itself takes, and as much again in the server, which starts a process for each.
"""

from typing import Any, Self

from dagster._core.storage.config import PostgresStorageConfig
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_connection, create_pg_engine, pg_url_from_config
from sqlalchemy import text

KEPT = 2
"""Idle connections of a process; there are about ten processes."""

MORE_AT_ONCE = 30
"""Beyond those, for the daemon's threads; closed after use."""

_LOCK = "hashtext('rosterline dagster tables')"


class PooledPostgresStorage(DagsterPostgresStorage):
    """Dagster's storage in PostgreSQL with one pool for runs, events and schedules.

    Named in `dagster.yaml`. A server that was started again is noticed before a connection is
    used, so that queries survive what they survive with a connection each.
    """

    def __init__(self, postgres_url: str, **others: Any) -> None:  # noqa: ANN401 - as Dagster's
        engine = create_pg_engine(
            postgres_url,
            isolation_level="AUTOCOMMIT",
            pool_size=KEPT,
            max_overflow=MORE_AT_ONCE,
            pool_pre_ping=True,
        )
        # Dagster makes its tables here where there are none. At the first `rosterline up` four
        # processes do so at once, and all but one fail, say so, and try again.
        with create_pg_connection(engine) as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            try:
                super().__init__(postgres_url, **others)
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # noqa: SLF001 - its constructor offers no way

    @classmethod
    def from_config_value(  # type: ignore[override] # as Dagster's own
        cls, inst_data: ConfigurableClassData | None, config_value: PostgresStorageConfig
    ) -> Self:
        """The storage that `dagster.yaml` describes, with the options of Dagster's own."""
        return cls(
            pg_url_from_config(config_value),
            inst_data=inst_data,
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
        )
