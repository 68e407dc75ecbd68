"""The resource that gives assets, sensors and schedules the settings and the registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import dagster as dg
import psycopg

from registry.database.connections import connect
from registry.settings import Settings


class RosterlineResource(dg.ConfigurableResource["RosterlineResource"]):
    """Settings and database connections, configured by the environment.

    It has no fields, because the UI shows fields and each run keeps them, and settings may contain
    the password of a database.
    """

    @cached_property
    def settings(self) -> Settings:
        """The settings, read from the environment of this process when first used."""
        return Settings()

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """Open a connection; commit at the end, roll back on an error, and close it.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with connect(self.settings) as connection:
            yield connection
