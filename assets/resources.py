"""The resource that gives assets, sensors and schedules the settings and the registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import Self

import dagster as dg
import psycopg

from registry.database.connections import connect
from registry.database.revision import require_current_tables
from registry.ledger.run_locks import at_work
from registry.settings import Settings, settings_of_environment
from registry.telemetry.spans import tracing


class RosterlineResource(dg.ConfigurableResource["RosterlineResource"]):
    """Settings and database connections, configured by the environment.

    It has no fields, because the UI shows fields and each run keeps them, and settings may contain
    the password of a database.
    """

    @cached_property
    def settings(self) -> Settings:
        """The settings, read from the environment of this process when first used."""
        return settings_of_environment()

    @contextmanager
    def yield_for_execution(self, context: dg.InitResourceContext) -> Iterator[Self]:
        """In a run, hold the run's lock until its end; ticks have none."""
        if context.run is None:
            yield self
            return
        with at_work(self.settings, context.run.run_id), tracing("run"):
            yield self

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """Open a connection; commit at the end, roll back on an error, and close it.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached, or its tables are those of another
                version.
        """
        with connect(self.settings) as connection:
            require_current_tables(connection)
            yield connection
