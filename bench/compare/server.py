"""The PostgreSQL in which everything is measured: configured as Rosterline's embedded one."""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import psutil
import psycopg
from psycopg import sql

from registry.database.embedded_server import SUPERUSER, Postmaster, find_postmaster
from registry.database.embedded_server import start_embedded as start
from registry.database.embedded_server import stop_embedded as stop
from registry.database.statements import Statements
from registry.settings import Settings

_SQL = Statements(__file__)


@dataclass(frozen=True)
class Counters:
    """Since the server started: bytes of the write-ahead log, rows written, processor seconds."""

    wal_bytes: float
    rows_written: float
    processor_seconds: float


class Server:
    """A running server and its databases."""

    def __init__(self, postmaster: Postmaster) -> None:
        self._postmaster = postmaster

    def url(self, database: str, user: str = SUPERUSER) -> str:
        """Address of a database for a user."""
        return self._postmaster.url(database, user)

    def has(self, database: str) -> bool:
        """Whether there is such a database."""
        with self._connect() as connection:
            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            return connection.execute(query, (database,)).fetchone() is not None

    def make(self, database: str, template: str = "template0") -> None:
        """Make a database, in place of one of this name; as a copy of `template`."""
        self.drop(database)
        # By files: with the write-ahead log instead, a copy would take several times as long.
        make = sql.SQL("CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8' STRATEGY file_copy")
        zone = sql.SQL("ALTER DATABASE {} SET timezone TO 'UTC'").format(sql.Identifier(database))
        with self._connect() as connection:
            connection.execute(make.format(sql.Identifier(database), sql.Identifier(template)))
            connection.execute(zone)

    def drop(self, database: str) -> None:
        """Remove a database where it is there, and end the sessions in it."""
        drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
        with self._connect() as connection:
            connection.execute(drop.format(sql.Identifier(database)))

    def rename(self, database: str, name: str) -> None:
        """Give a database another name."""
        rename = sql.SQL("ALTER DATABASE {} RENAME TO {}")
        with self._connect() as connection:
            connection.execute(rename.format(sql.Identifier(database), sql.Identifier(name)))

    def settle(self, *databases: str) -> None:
        """Bring the databases to rest: statistics, dead rows and dirty pages are dealt with.

        So neither autovacuum nor a checkpoint of the round before falls into the next one.
        """
        for database in databases:
            with psycopg.connect(self.url(database), autocommit=True) as connection:
                connection.execute("VACUUM (ANALYZE)")
        with self._connect() as connection:
            connection.execute("CHECKPOINT")

    def counters(self) -> Counters:
        """Read them; sessions that ended have told theirs."""
        with self._connect() as connection:
            row = connection.execute(_SQL["read_counters"]).fetchone()
        wal, rows = row or (0, 0)
        return Counters(float(wal), float(rows), self._processor_seconds())

    def _processor_seconds(self) -> float:
        own = [self._postmaster.process, *self._postmaster.process.children()]
        return sum(map(spent, own))

    def _connect(self) -> psycopg.Connection:
        return psycopg.connect(self.url("postgres"), autocommit=True)


def spent(process: psutil.Process) -> float:
    """Processor seconds of a process and of its children that have ended; 0 if it has, too."""
    with suppress(psutil.NoSuchProcess):
        times = process.cpu_times()
        return float(times.user + times.system + times.children_user + times.children_system)
    return 0.0


@contextmanager
def running_in(folder: Path) -> Iterator[Server]:
    """Run the server whose data is below this folder."""
    settings = Settings(
        home=folder, database_url=None, gateway_database_url=None, runs_database_url=None
    )
    start(settings)
    try:
        postmaster = find_postmaster(settings)
        if postmaster is None:
            raise RuntimeError("the server ended right after its start")
        yield Server(postmaster)
    finally:
        stop(settings)
