"""A registry with the imports of a night, and the marts that are built from it."""

import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import dagster as dg
import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import add_account, get_account
from registry.database.connections import connect, connect_as_owner
from registry.migrations import migrate
from registry.settings import Settings
from tests.clock import days_ago
from tests.files import care
from tests.importing import Imported, process, put
from tests.logins import addresses

CANARY = "qzxk"
"""A part of every value; no word of the code and no identifier contains it."""
FORMS = (CANARY, "5550177", "555-0177", "1933-03-07", "03/07/1933")

GOOD = {
    "first": "Qzxkfirst",
    "last": "Qzxklast",
    "born": "1933-03-07",
    "gender": "F",
    "ehr": "qzxk-ehr",
    "phone": "212-555-0177",
    "email": "qzxk@example.org",
    "street": "1 Qzxk Street",
    "city": "Qzxkcity",
    "notes": "qzxk note",
    "flags": "qzxk flag",
    "department": "qzxk department",
}
OTHER = {**GOOD, "first": "Qzxkother", "ehr": "qzxk-2", "email": "qzxk2@example.org"}
BAD = {**GOOD, "born": "qzxk born", "gender": "qzxk sex", "phone": "qzxk phone"}
# An unknown header, and a cell in its column that gets an issue.
STRANGE = care(GOOD).replace("Notes", "Qzxk extra").replace("qzxk note", "qzxk\0")

PROGRAMS = Path(sys.executable).parent

EVENING = days_ago(2, "22:30", "America/New_York")
"""Late in New York, where it is the day before; recent, because dbt compares it with the clock."""
MORNING = EVENING + timedelta(hours=9)
"""The day after, in New York too."""


@dataclass
class Night:
    """The settings of the registry, its imports by name, and Dagster's result of the build."""

    settings: Settings
    folder: Path
    imports: dict[str, Imported] = field(default_factory=dict)
    result: Any = None

    def query(self, statement: str, role: str | None = None) -> list[tuple[Any, ...]]:
        """Rows of a statement, as this role where one is named."""
        with connect_as_owner(self.settings) as connection:
            if role:
                connection.execute(sql.SQL("SET ROLE {}").format(sql.Identifier(role)))
            return connection.execute(statement).fetchall()

    def take_in(self, name: str, account: str, content: str | bytes, **how: Any) -> None:
        """Put a file through all stages."""
        with connect(self.settings) as connection:
            received = put(
                self.settings,
                connection,
                get_account(connection, account),
                content,
                folder=self.folder,
                name="qzxk.csv",
                **({"received_at": EVENING} | how),
            )
            self.imports[name] = process(self.settings, connection, received)

    def dbt(self, *command: str) -> subprocess.CompletedProcess[str]:
        """dbt as a person runs it, after `eval "$(rosterline env)"` in the shell."""
        shell = f'eval "$({PROGRAMS}/rosterline env)" && exec {PROGRAMS}/dbt "$@"'
        return subprocess.run(
            ["/bin/sh", "-c", shell, "dbt", *command],
            env=os.environ | self.settings.as_environment(),
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )

    def build(self, *options: str) -> None:
        """`dbt build`, which must succeed."""
        done = self.dbt("build", *options)
        assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]

    def again(self, name: str) -> None:
        """A further attempt, as a backfill makes it."""
        with connect(self.settings) as connection:
            self.imports[name] = process(
                self.settings, connection, self.imports[name].imported, again=True
            )


@pytest.fixture
def night(server_url: str, tmp_path: Path) -> Iterator[Night]:
    """A night of two senders, in a separate database, because dbt's views would lock its tables."""
    name = f"rosterline_test_marts_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"
    with psycopg.connect(server_url, autocommit=True) as server:
        identifier = sql.Identifier(name)
        server.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(identifier))
        server.execute(
            sql.SQL("CREATE DATABASE {} TEMPLATE template0 ENCODING 'UTF8'").format(identifier)
        )
        url = make_url(server_url).set(database=name).render_as_string(hide_password=False)
        settings = Settings(home=tmp_path / "home", dagster_database=f"{name}_d", **addresses(url))
        migrate(settings)
        with connect(settings) as connection:
            add_account(connection, "clinic", "thoroughcare", "America/New_York")
            add_account(connection, "desk", "ptdirect")
        with pytest.MonkeyPatch.context() as patch:
            for variable, value in dagster_environment(settings).items():
                patch.setenv(variable, value)
            # Its manifest names the database that the settings had when it was loaded.
            patch.delitem(sys.modules, "pipelines.marts.definitions", raising=False)
            yield _filled(Night(settings, tmp_path))
        for each in (name, f"{name}_d"):
            drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)")
            server.execute(drop.format(sql.Identifier(each)))


def _filled(night: Night) -> Night:
    night.take_in("first", "clinic", care(GOOD, OTHER, BAD))
    moved = {**GOOD, "city": "Qzxktown", "phone": "212-555-0178"}
    night.take_in("second", "clinic", care(moved), received_at=MORNING)
    night.take_in("strange", "clinic", STRANGE, received_at=MORNING + timedelta(hours=1))
    night.take_in("broken", "clinic", care(GOOD).split("\r\n", 1)[1])
    night.take_in("dry run", "clinic", care(BAD), dry_run=True)
    night.take_in("desk", "desk", "qzxk-1,Qzxkfirst,Qzxklast,1977,f\nqzxk-3,Qzxk,Qzxkson,1066,x\n")
    return night


@pytest.fixture
def built(night: Night) -> Iterator[Night]:
    """The night, after Dagster built the marts from it."""
    from pipelines.marts.definitions import build_marts, defs

    with dg.DagsterInstance.ephemeral() as instance:
        job = defs.resolve_job_def(build_marts.name)
        night.result = job.execute_in_process(instance=instance, raise_on_error=False)
        yield night
