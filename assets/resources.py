"""The resource through which assets, sensors and schedules reach settings and registry."""

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property

import dagster as dg
import psycopg

from registry.database.connections import connect
from registry.settings import Settings


class RosterlineResource(dg.ConfigurableResource["RosterlineResource"]):
    """Rosterline as the environment sets it up.

    It has no fields: settings may name a database with its password, and what a field holds is
    shown in the UI and kept with each run.
    """

    @cached_property
    def settings(self) -> Settings:
        """The settings, read from the environment of this process at first use."""
        return Settings()

    @contextmanager
    def connect(self) -> Iterator[psycopg.Connection]:
        """A connection to the registry; committed at the end, rolled back on an error, closed.

        Raises:
            DatabaseUnavailable: PostgreSQL cannot be reached.
        """
        with connect(self.settings) as connection:
            yield connection
