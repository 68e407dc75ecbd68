"""The ways of loading that are compared, each with a table of its own shape.

A way keeps what it loaded under a name: a database, and for Rosterline a home beside it. Such a
store is made, copied and multiplied here; `bench.compare.stores` decides when.
"""

import os
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Protocol

import psycopg
from psycopg import sql

from bench.compare.figures import Figures
from bench.compare.loads import DATASET, TABLE
from bench.compare.rosters import KEYS
from bench.compare.server import Server
from bench.compare.watching import json_steps, watch_command
from registry.database.statements import Statements
from synthetic.layouts import Format

_SQL = Statements(__file__)
_SLING_BINARY = "SLING_BINARY"

Load = Callable[[Path], Figures]
"""Loads a file into the store that was opened, and returns what that took."""


class Way(Protocol):
    """One way of loading files into a store."""

    name: str
    title: str
    shape: str
    """Ways of one shape can take up each other's stores."""

    def lacks(self) -> str | None:
        """What must be installed before this way can run; None when nothing is missing."""

    def make(self, store: str, file_format: Format) -> None:
        """Make an empty store."""

    def copy(self, source: str, store: str) -> None:
        """Make a store that is a copy of another."""

    def drop(self, store: str) -> None:
        """Remove a store where it is there."""

    def rename(self, store: str, name: str) -> None:
        """Give a store its name."""

    def has(self, store: str) -> bool:
        """Whether there is such a store."""

    def settle(self, store: str) -> None:
        """Bring it to rest before something is measured."""

    def count(self, store: str) -> int:
        """Patients in it."""

    def multiply(self, store: str, file_format: Format, copies: int) -> None:
        """Add `copies` other people for each person in it, by SQL."""

    def opened(self, store: str, file_format: Format) -> AbstractContextManager[Load]:
        """Within, files can be loaded into the store."""


@dataclass(frozen=True)
class TableWay:
    """A process that loads a file into one table."""

    name: str
    title: str
    shape: str
    server: Server
    folder: Path
    table: tuple[str, str]
    command: Callable[[str, Path, Format], list[str]]
    keys: Callable[[Format], frozenset[str]]
    """Columns that no two rows share."""
    environment: Callable[[str], Mapping[str, str]] = lambda _: {}
    steps: Callable[[str], Mapping[str, float]] = json_steps
    missing: str | None = None

    def lacks(self) -> str | None:
        """What must be installed first."""
        return self.missing

    def make(self, store: str, file_format: Format) -> None:  # noqa: ARG002 - as the protocol
        """The database; the way makes its table itself."""
        self.server.make(store)

    def copy(self, source: str, store: str) -> None:
        """A copy of the database."""
        self.server.make(store, source)

    def drop(self, store: str) -> None:
        """Remove the database."""
        self.server.drop(store)

    def rename(self, store: str, name: str) -> None:
        """Rename the database."""
        self.server.rename(store, name)

    def has(self, store: str) -> bool:
        """Whether there is the database."""
        return self.server.has(store)

    def settle(self, store: str) -> None:
        """Vacuum, and a checkpoint."""
        self.server.settle(store)

    def count(self, store: str) -> int:
        """Rows of the table; 0 before it was made."""
        with psycopg.connect(self.server.url(store)) as connection:
            there = connection.execute("SELECT to_regclass(%s)", (".".join(self.table),)).fetchone()
            if there == (None,):
                return 0
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*self.table))
            (rows,) = connection.execute(query).fetchone() or (0,)
            return int(rows)

    def multiply(self, store: str, file_format: Format, copies: int) -> None:
        """Copy the rows under other keys."""
        keys = self.keys(file_format)
        with psycopg.connect(self.server.url(store)) as connection:
            names = connection.execute(_SQL["list_columns"], self.table).fetchall()
            columns = [sql.Identifier(name) for (name,) in names]
            values = [
                sql.SQL("{} || '-' || copy").format(each) if name in keys else each
                for each, (name,) in zip(columns, names, strict=True)
            ]
            multiply = sql.SQL(_SQL["multiply_table"]).format(
                table=sql.Identifier(*self.table),
                columns=sql.SQL(", ").join(columns),
                values=sql.SQL(", ").join(values),
            )
            connection.execute(multiply, {"copies": copies})

    @contextmanager
    def opened(self, store: str, file_format: Format) -> Iterator[Load]:
        """Each load is a process of its own."""
        url = self.server.url(store)

        def load(file: Path) -> Figures:
            command = self.command(url, file, file_format)
            environment = os.environ | self.environment(url)
            log = self.folder / "load.log"
            return watch_command(self.server, command, environment, log, self.steps)[0]

        yield load


def table_ways(server: Server, folder: Path) -> list[TableWay]:
    """All of them, also those that lack something."""

    def module(name: str, *more: str) -> Callable[[str, Path, Format], list[str]]:
        start = [sys.executable, "-W", "ignore", "-m", f"bench.compare.loads.{name}"]
        return lambda url, file, form: [*start, url, str(file), KEYS[form], *more]

    def of_file(form: Format) -> frozenset[str]:
        return frozenset({KEYS[form]})

    def of_dlt(form: Format) -> frozenset[str]:
        return frozenset({_SNAKE[form], "_dlt_id"})

    plain = ("public", TABLE)
    merged = (DATASET, TABLE)
    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}
    return [
        TableWay("floor", "COPY and INSERT … ON CONFLICT", "plain", server, folder, plain,
                 module("floor"), of_file),
        TableWay("dlt-dictionaries", "dlt, dictionaries", "dlt", server, folder, merged,
                 module("with_dlt", "dictionaries"), of_dlt, lambda _: quiet, missing=_missing("dlt")),
        TableWay("dlt-arrow", "dlt, Arrow", "dlt", server, folder, merged,
                 module("with_dlt", "arrow"), of_dlt, lambda _: quiet, missing=_missing("dlt")),
        TableWay("sling", "sling", "sling", server, folder, plain, _sling,
                 lambda form: frozenset({_SLINGS[form]}),
                 lambda url: {"COMPARED": f"{url}&sslmode=disable",
                              "SLING_DISABLE_TELEMETRY": "true"},
                 lambda _: {}, None if _SLING_BINARY in os.environ else _SLING_BINARY),
        TableWay("row-by-row", "pandas, pandera, SQLAlchemy row by row", "plain", server, folder,
                 plain, _row_by_row, of_file, missing=_missing("pandas")),
    ]  # fmt: skip


_SNAKE: dict[Format, str] = {"metriport": "external_id", "thoroughcare": "ehr_id"}
_SLINGS: dict[Format, str] = {"metriport": "externalid", "thoroughcare": "ehr_id"}
"""How each writes the name of the key."""


def _missing(package: str) -> str | None:
    return None if find_spec(package) else f"{package} (`make bench-tools`)"


def _sling(url: str, file: Path, form: Format) -> list[str]:  # noqa: ARG001 - in the environment
    return [
        os.environ[_SLING_BINARY], "run", "--src-stream", f"file://{file}", "--tgt-conn",
        "COMPARED", "--tgt-object", f"public.{TABLE}", "--mode", "incremental", "--primary-key",
        _SLINGS[form],
    ]  # fmt: skip


def _row_by_row(url: str, file: Path, form: Format) -> list[str]:
    start = [sys.executable, "-W", "ignore", "-m", "bench.compare.loads.row_by_row"]
    return [*start, url.replace("postgresql:", "postgresql+psycopg:", 1), str(file), KEYS[form]]
