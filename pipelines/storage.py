"""Dagster's storage in PostgreSQL, with a pool of connections.

Dagster's own class opens a connection for each query, about 300 for an import of one row. That took
longer than the import, and as long again in the server, which starts a process for each connection.
"""

from typing import Any, Self

from dagster._core.storage.config import PostgresStorageConfig
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage
from dagster_postgres.utils import create_pg_connection, create_pg_engine, pg_url_from_config
from sqlalchemy import text

KEPT = 2
"""Idle connections that a process keeps; there are about ten processes."""

MORE_AT_ONCE = 30
"""Further connections, for the daemon's threads; they are closed after use."""

_LOCK = "hashtext('rosterline dagster tables')"


class PooledPostgresStorage(DagsterPostgresStorage):
    """Dagster's storage in PostgreSQL with one pool for runs, events and schedules.

    `dagster.yaml` names this class. The pool tests a connection before it is used, so that a
    restart of the server is as harmless as with a new connection for each query.
    """

    def __init__(self, postgres_url: str, **others: Any) -> None:  # noqa: ANN401 - as Dagster's
        engine = create_pg_engine(
            postgres_url,
            isolation_level="AUTOCOMMIT",
            pool_size=KEPT,
            max_overflow=MORE_AT_ONCE,
            pool_pre_ping=True,
        )
        # The constructor creates Dagster's tables if there are none. Without the lock, four
        # processes did so at once at the first `rosterline up`; three failed, logged it, and tried
        # again.
        with create_pg_connection(engine) as connection:
            connection.execute(text(f"SELECT pg_advisory_lock({_LOCK})"))
            try:
                super().__init__(postgres_url, **others)
            finally:
                connection.execute(text(f"SELECT pg_advisory_unlock({_LOCK})"))
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # noqa: SLF001 - no parameter of the constructor

    @classmethod
    def from_config_value(  # type: ignore[override] # as Dagster's own
        cls, inst_data: ConfigurableClassData | None, config_value: PostgresStorageConfig
    ) -> Self:
        """Make the storage that `dagster.yaml` describes, with the options of Dagster's class."""
        return cls(
            pg_url_from_config(config_value),
            inst_data=inst_data,
            should_autocreate_tables=config_value.get("should_autocreate_tables", True),
        )
