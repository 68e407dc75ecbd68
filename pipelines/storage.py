"""Dagster's storage in PostgreSQL, with a pool of connections.

Dagster's own class opens a connection for each query, about 300 for an import of one row. That took
longer than the import, and as long again in the server, which starts a process for each connection.
"""

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from typing import Any, Self

from dagster._core.scheduler.instigation import (
    InstigatorState,
    ScheduleInstigatorData,
    SensorInstigatorData,
)
from dagster._core.storage.config import PostgresStorageConfig
from dagster._serdes import ConfigurableClassData
from dagster_postgres import DagsterPostgresStorage, PostgresScheduleStorage
from dagster_postgres.utils import create_pg_engine, pg_url_from_config
from sqlalchemy import Connection, Engine, NullPool, text

KEPT = 2
"""Idle connections that a process keeps; there are about ten processes."""

MORE_AT_ONCE = 30
"""Further connections, for the daemon's threads; they are closed after use."""

DIRECT_URL_VARIABLE = "ROSTERLINE_DAGSTER_DIRECT_URL"
"""The address of Dagster's database past the pooler, where there is one."""

_LOCK = "rosterline dagster tables"

_ENGINES: dict[tuple[str, int], Engine] = {}
"""By address and process: each tick of a sensor makes an instance, and with it a storage. To
connect and to look for Dagster's tables took nine tenths of a tick."""

_KNOWN: dict[tuple[str, int], set[str]] = {}
"""Tables and migrations of Dagster that were seen, by address and process."""


class RespectfulScheduleStorage(PostgresScheduleStorage):
    """Dagster's, but a tick does not switch on again what a person switched off meanwhile.

    The daemon writes the whole state of a sensor at the beginning and end of each tick, with the
    status that it read a moment before.

    Dagster asks before each statement whether its tables are there and migrated, which is three
    questions for each read of a state. What was there once is not asked for again.
    """

    def _has_instigators_table(self, conn: Connection) -> bool:
        return self._once("instigators", partial(super()._has_instigators_table, conn))

    def has_instigators_table(self) -> bool:
        """Whether the table of states is there."""
        return self._once("instigators", super().has_instigators_table)

    def has_built_index(self, migration_name: str) -> bool:
        """Whether a migration of values was carried out."""
        return self._once(migration_name, partial(super().has_built_index, migration_name))

    def _once(self, what: str, look: Callable[[], bool]) -> bool:
        known = _KNOWN.setdefault((self.postgres_url, os.getpid()), set())
        if what not in known and look():
            known.add(what)
        return what in known

    def update_instigator_state(self, state: InstigatorState) -> InstigatorState:
        """Write a state; a tick's with the status that is stored by now."""
        with _locked(self._engine, f"instigator {state.selector_id}"):
            stored = self.get_instigator_state(state.instigator_origin_id, state.selector_id)
            if stored and _last_looked(state) > _last_looked(stored):
                state = state.with_status(stored.status)
            return super().update_instigator_state(state)


@contextmanager
def _locked(engine: Engine, name: str) -> Iterator[None]:
    """Alone under this name.

    Past a pooler: whoever waits for a lock would keep one of its few connections from whoever holds
    the lock and needs a second one to go on.
    """
    direct = os.environ.get(DIRECT_URL_VARIABLE)
    locking = create_pg_engine(direct, poolclass=NullPool) if direct else engine
    with locking.connect() as connection:
        own = connection.execution_options(isolation_level="READ COMMITTED")
        with own.begin():
            own.execute(text("SELECT pg_advisory_xact_lock(hashtext(:name))"), {"name": name})
            yield


def _last_looked(state: InstigatorState) -> float:
    """When the daemon evaluated it last: only the daemon brings a newer time."""
    data = state.instigator_data
    if isinstance(data, SensorInstigatorData):
        times = (data.last_tick_start_timestamp, data.last_tick_success_timestamp)
    elif isinstance(data, ScheduleInstigatorData):
        times = (data.last_iteration_timestamp, None)
    else:
        times = (None, None)
    return max(each or 0.0 for each in times)


class PooledPostgresStorage(DagsterPostgresStorage):
    """Dagster's storage in PostgreSQL with one pool for runs, events and schedules.

    `dagster.yaml` names this class. The pool tests a connection before it is used, so that a
    restart of the server is as harmless as with a new connection for each query.
    """

    def __init__(self, postgres_url: str, **others: Any) -> None:  # noqa: ANN401 - as Dagster's
        engine = _ENGINES.get((postgres_url, os.getpid()))
        if engine:
            super().__init__(postgres_url, **{**others, "should_autocreate_tables": False})
        else:
            engine = self._create(postgres_url, others)
            _ENGINES[postgres_url, os.getpid()] = engine
        self._schedule_storage = RespectfulScheduleStorage(
            postgres_url, should_autocreate_tables=False
        )
        for storage in (self._run_storage, self._event_log_storage, self._schedule_storage):
            storage._engine = engine  # noqa: SLF001 - no parameter of the constructor

    def _create(self, postgres_url: str, others: dict[str, Any]) -> Engine:
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
        with _locked(engine, _LOCK):
            super().__init__(postgres_url, **others)
        return engine

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
