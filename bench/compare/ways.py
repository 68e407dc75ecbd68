"""The ways of loading that are compared, each with a table of its own shape.

A way keeps what it loaded under a name: a database, and for Rosterline a home beside it. Such a
stock is made, copied and multiplied here; `bench.compare.stocks` decides when.
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
"""Loads a file into the stock that was opened, and returns what that took."""


class Way(Protocol):
    """One way of loading files into a stock."""

    @property
    def name(self) -> str:
        """Its name in options and in the history."""

    @property
    def title(self) -> str:
        """Its name on the page."""

    @property
    def shape(self) -> str:
        """Ways of one shape can take up each other's stocks."""

    def lacks(self) -> str | None:
        """What must be installed before this way can run; None when nothing is missing."""

    def make(self, stock: str, file_format: Format) -> None:
        """Make an empty stock."""

    def copy(self, source: str, stock: str) -> None:
        """Make a stock that is a copy of another."""

    def drop(self, stock: str) -> None:
        """Remove a stock where it is there."""

    def rename(self, stock: str, name: str) -> None:
        """Give a stock its name."""

    def has(self, stock: str) -> bool:
        """Whether there is such a stock."""

    def settle(self, stock: str) -> None:
        """Bring it to rest before something is measured."""

    def count(self, stock: str) -> int:
        """Patients in it."""

    def multiply(self, stock: str, file_format: Format, copies: int) -> None:
        """Add `copies` other people for each person in it, by SQL."""

    def opened(self, stock: str, file_format: Format) -> AbstractContextManager[Load]:
        """Within, files can be loaded into the stock."""


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

    def make(self, stock: str, file_format: Format) -> None:  # noqa: ARG002 - as the protocol
        """The database; the way makes its table itself."""
        self.server.make(stock)

    def copy(self, source: str, stock: str) -> None:
        """A copy of the database."""
        self.server.make(stock, source)

    def drop(self, stock: str) -> None:
        """Remove the database."""
        self.server.drop(stock)

    def rename(self, stock: str, name: str) -> None:
        """Rename the database."""
        self.server.rename(stock, name)

    def has(self, stock: str) -> bool:
        """Whether there is the database."""
        return self.server.has(stock)

    def settle(self, stock: str) -> None:
        """Vacuum, and a checkpoint."""
        self.server.settle(stock)

    def count(self, stock: str) -> int:
        """Rows of the table; 0 before it was made."""
        with psycopg.connect(self.server.url(stock)) as connection:
            there = connection.execute("SELECT to_regclass(%s)", (".".join(self.table),)).fetchone()
            if there == (None,):
                return 0
            query = sql.SQL("SELECT count(*) FROM {}").format(sql.Identifier(*self.table))
            (rows,) = connection.execute(query).fetchone() or (0,)
            return int(rows)

    def multiply(self, stock: str, file_format: Format, copies: int) -> None:
        """Copy the rows under other keys."""
        keys = self.keys(file_format)
        with psycopg.connect(self.server.url(stock)) as connection:
            where = dict(zip(("schema", "table"), self.table, strict=True))
            names = connection.execute(_SQL["list_columns"], where).fetchall()
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
    def opened(self, stock: str, file_format: Format) -> Iterator[Load]:
        """Each load is a process of its own."""
        url = self.server.url(stock)

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

    quiet = {"RUNTIME__DLTHUB_TELEMETRY": "false", "RUNTIME__LOG_LEVEL": "CRITICAL"}

    def with_dlt(kind: str, title: str, shape: str) -> TableWay:
        command = module("with_dlt", kind)
        return TableWay(
            f"dlt-{kind}", f"dlt, {title}", shape, server, folder, (DATASET, TABLE),
            command, of_dlt, lambda _: quiet, missing=_missing("dlt"),
        )  # fmt: skip

    plain = ("public", TABLE)
    return [
        TableWay(
            "floor", "COPY and INSERT … ON CONFLICT", "plain", server, folder, plain,
            module("floor"), of_file,
        ),
        with_dlt("dictionaries", "dictionaries", "dlt"),
        # Its table has no columns of loads, so neither can add to the other's.
        with_dlt("arrow", "Arrow", "dlt_arrow"),
        TableWay(
            "sling", "sling", "sling", server, folder, plain, _sling,
            lambda form: frozenset({_SLINGS[form]}), _for_sling, lambda _: {},
            None if _SLING_BINARY in os.environ else _SLING_BINARY,
        ),
        TableWay(
            "row-by-row", "pandas, pandera, SQLAlchemy row by row", "plain", server, folder, plain,
            _row_by_row, of_file, missing=_missing("pandas"),
        ),
    ]  # fmt: skip


_SNAKE: dict[Format, str] = {"metriport": "external_id", "thoroughcare": "ehr_id"}
_SLINGS: dict[Format, str] = {"metriport": "externalid", "thoroughcare": "ehr_id"}
"""How each writes the name of the key."""


def _missing(package: str) -> str | None:
    return None if find_spec(package) else f"{package} (`make bench-tools`)"


def _for_sling(url: str) -> Mapping[str, str]:
    return {"COMPARED": f"{url}&sslmode=disable", "SLING_DISABLE_TELEMETRY": "true"}


def _sling(url: str, file: Path, form: Format) -> list[str]:  # noqa: ARG001 - in the environment
    return [
        os.environ[_SLING_BINARY], "run", "--src-stream", f"file://{file}", "--tgt-conn",
        "COMPARED", "--tgt-object", f"public.{TABLE}", "--mode", "incremental", "--primary-key",
        _SLINGS[form],
    ]  # fmt: skip


def _row_by_row(url: str, file: Path, form: Format) -> list[str]:
    start = [sys.executable, "-W", "ignore", "-m", "bench.compare.loads.row_by_row"]
    return [*start, url.replace("postgresql:", "postgresql+psycopg:", 1), str(file), KEYS[form]]
