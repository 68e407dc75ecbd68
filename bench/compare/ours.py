"""Rosterline as a way of loading: as a command, and through the services that `up` starts.

A stock is a database, Dagster's database and a home with the archive. It has one account, `bench`.
"""

import json
import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import psycopg

from bench.compare import ballast, rosters
from bench.compare.figures import Figures
from bench.compare.server import Server
from bench.compare.watching import Failed, command_steps, spent_by, watch_command, watch_services
from bench.compare.ways import Load
from bench.home import ACCOUNT, COMMAND
from registry.accounts.accounts import Account, get_account
from registry.database.connections import connect
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.database.revision import needed_revision
from registry.settings import Settings
from synthetic.layouts import Format

_BULK = "/medical/v1/patient/bulk"
_MAX_FILE_BYTES = 8 * 2**30
_LOOK_SECONDS = 0.05
_LONGEST_SECONDS = 4 * 3600
_QUIET_SECONDS = 10.0
_QUIET_SHARE = 0.4
_LONGEST_UNREST_SECONDS = 900
_WARM_PERSON = 90_000_000
"""Nobody in any file has this number."""

_KINDS_OF_DATABASE = ("", "_dagster")


class Command:
    """`rosterline import`, with its start and end."""

    name = "ours"
    title = "Rosterline, command"

    def __init__(self, server: Server, folder: Path) -> None:
        self.server, self._folder = server, folder
        # A stock of other tables, or of none that this code knows, is never used again.
        self.shape = f"ours_{needed_revision()}"

    def lacks(self) -> str | None:
        """Nothing: it is installed with this."""
        return None

    def home(self, stock: str) -> Path:
        """The home of a stock."""
        return self._folder / "homes" / stock

    def settings(self, stock: str) -> Settings:
        """Settings of a stock; the logins are those that the embedded server would have."""
        url = self.server.url
        return Settings(
            home=self.home(stock),
            database_url=url(stock),
            gateway_database_url=url(stock, GATEWAY_LOGIN),
            runs_database_url=url(stock, RUNS_LOGIN),
            dagster_database=f"{stock}_dagster",
            max_file_bytes=_MAX_FILE_BYTES,
            webserver_port=_free_port(),
            sftp_port=_free_port(),
            http_port=_free_port(),
            requests_per_minute=10**9,
        )

    def make(self, stock: str, file_format: Format) -> None:
        """Databases and home with an account, and with all tables, also those of Dagster."""
        self.drop(stock)
        self.server.make(stock)
        self.home(stock).mkdir(parents=True)
        how = ("--format", file_format, "--cadence", "on_arrival")
        self._rosterline(stock, "account", "add", ACCOUNT, *how)
        if file_format == "metriport":
            self._rosterline(stock, "facility", "add", "Main", "--account", ACCOUNT)
        key = self._rosterline(stock, "key", "add", ACCOUNT, "--account", ACCOUNT)["key"]
        (self.home(stock) / "key").write_text(key)
        one = self.home(stock) / "one.csv"
        rosters.write(file_format, one, 1, start=_WARM_PERSON)
        self._rosterline(stock, "import", str(one), "--account", ACCOUNT, "--dry-run")

    def copy(self, source: str, stock: str) -> None:
        """Copy both databases and the home."""
        self.drop(stock)
        for kind in _KINDS_OF_DATABASE:
            self.server.make(stock + kind, source + kind)
        shutil.copytree(self.home(source), self.home(stock), symlinks=True)

    def drop(self, stock: str) -> None:
        """Remove both databases and the home."""
        for kind in _KINDS_OF_DATABASE:
            self.server.drop(stock + kind)
        shutil.rmtree(self.home(stock), ignore_errors=True)

    def rename(self, stock: str, name: str) -> None:
        """Rename both databases and the home."""
        for kind in _KINDS_OF_DATABASE:
            self.server.rename(stock + kind, name + kind)
        self.home(stock).rename(self.home(name))

    def has(self, stock: str) -> bool:
        """Whether all of it is there."""
        return self.home(stock).exists() and self.server.has(stock)

    def settle(self, stock: str) -> None:
        """Vacuum both databases, and a checkpoint."""
        self.server.settle(*(stock + kind for kind in _KINDS_OF_DATABASE))

    def count(self, stock: str) -> int:
        """Patients of the registry."""
        with psycopg.connect(self.server.url(stock)) as connection:
            (rows,) = connection.execute("SELECT count(*) FROM patient").fetchone() or (0,)
            return int(rows)

    def multiply(self, stock: str, file_format: Format, copies: int) -> None:  # noqa: ARG002
        """Add people to the registry, with all that belongs to them."""
        ballast.multiply(self.server.url(stock), copies)

    @contextmanager
    def opened(self, stock: str, file_format: Format) -> Iterator[Load]:  # noqa: ARG002
        """Each load is a command."""
        environment = self._environment(stock)

        def load(file: Path) -> Figures:
            command = [COMMAND, "import", str(file), "--account", ACCOUNT, "--json"]
            log = self._folder / "load.log"
            figures, said = watch_command(self.server, command, environment, log, command_steps)
            _require_clean(json.loads(said)["counts"])
            return figures

        yield load

    def _environment(self, stock: str) -> dict[str, str]:
        return os.environ | self.settings(stock).as_environment()

    def _rosterline(self, stock: str, *arguments: str) -> Any:  # noqa: ANN401 - JSON
        ran = subprocess.run(
            [COMMAND, *arguments, "--json"],
            env=self._environment(stock),
            check=True,
            stdout=subprocess.PIPE,
        )
        return json.loads(ran.stdout)


class Services(Command):
    """Everything that `rosterline up` starts: from the first byte of an upload to `completed`."""

    name = "ours-services"
    title = "Rosterline, upload to completed"

    @contextmanager
    def opened(self, stock: str, file_format: Format) -> Iterator[Load]:
        """Each load is a file sent to the API, while the services have nothing else to do."""
        with self.running(stock) as settings, connect(settings) as connection:
            connection.autocommit = True
            key = (settings.home / "key").read_text()
            with httpx.Client(
                base_url=settings.api_url, headers={"x-api-key": key}, timeout=600
            ) as client:

                def load(file: Path) -> Figures:
                    figures = watch_services(
                        self.server, settings.home, lambda: _sent(client, connection, file)
                    )
                    rest(settings.home)
                    return figures

                warm = settings.home / "warm.csv"
                rosters.write(file_format, warm, 1, start=_WARM_PERSON)
                load(warm)
                yield load

    @contextmanager
    def running(self, stock: str) -> Iterator[Settings]:
        """Run the services of a stock, until they are at rest."""
        settings = self.settings(stock)
        environment = os.environ | settings.as_environment()
        try:
            subprocess.run([COMMAND, "up"], env=environment, check=True, stdout=sys.stderr)
            rest(settings.home)
            yield settings
        finally:
            subprocess.run([COMMAND, "down"], env=environment, check=True, stdout=sys.stderr)


def rest(home: Path) -> None:
    """Wait until the services of a home take a small part of a core.

    What an import leaves them to do (the search for near-duplicates, the marts) is over then.
    """
    ends = time.monotonic() + _LONGEST_UNREST_SECONDS
    while time.monotonic() < ends:
        before = spent_by(home)
        time.sleep(_QUIET_SECONDS)
        if (spent_by(home) - before) / _QUIET_SECONDS < _QUIET_SHARE:
            return


def wait_until_over(connection: psycopg.Connection) -> None:
    """Wait until no import waits or is under way.

    Raises:
        Failed: it takes hours.
    """
    ends = time.monotonic() + _LONGEST_SECONDS
    query = "SELECT count(*) FROM import WHERE state IN ('waiting', 'processing')"
    while connection.execute(query).fetchone() != (0,):
        if time.monotonic() > ends:
            raise Failed("imports are not over after hours")
        time.sleep(_LOOK_SECONDS)


def bench_account(connection: psycopg.Connection, name: str = ACCOUNT) -> Account:
    """The account that files are imported for."""
    return get_account(connection, name)


def _sent(client: httpx.Client, connection: psycopg.Connection, file: Path) -> Mapping[str, float]:
    link = client.post(_BULK).raise_for_status().json()
    began = datetime.now(UTC)
    with file.open("rb") as content:
        httpx.put(link["uploadUrl"], content=content, timeout=600).raise_for_status()
    uploaded = datetime.now(UTC)
    wait_until_over(connection)
    row = connection.execute(
        "SELECT started_at, finished_at, created, updated, unchanged, errored FROM attempt"
        " WHERE import_id = %s",
        (link["requestId"],),
    ).fetchone()
    if row is None:
        raise Failed("the upload was not imported")
    started, finished, *counts = row
    _require_clean(dict(zip(("created", "updated", "unchanged", "errored"), counts, strict=True)))
    moments = (began, uploaded, started, finished)
    names = ("upload", "until the run", "run")
    return {
        name: (after - before).total_seconds()
        for name, before, after in zip(names, moments, moments[1:], strict=False)
    }


def _require_clean(counts: Mapping[str, int]) -> None:
    if counts["errored"]:
        raise Failed(f"rows of a clean file failed: {counts}")


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
