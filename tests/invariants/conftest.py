"""Separate registries for tests that kill processes: copies of one that has a waiting import."""

import os
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import count
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.ledger.imports import Import
from registry.migrations import migrate
from registry.settings import Settings
from tests.files import care, john, maria
from tests.importing import process, put
from tests.logins import addresses

SATURDAY = datetime(2026, 11, 21, 12, tzinfo=UTC)
FIRST = care(maria(city="Rome", flags="Frail"), john(score="1"))
SECOND = care(
    maria(city="Oslo", notes='said "hi",\nleft'),
    john(score="#N/A", flags="Lives alone", department="Heart"),
    {**maria(), "ehr": "E-3", "first": "Ana"},
    {**maria(), "ehr": "E-3", "first": "Ana", "phone": "212-555-0123"},
    {**john(), "born": "soon"},
    {**maria(), "ehr": "E-9"},
)
NUMBERS = count(1)
# pytest-xdist's workers may share one external server.
BASE = f"rosterline_test_ready_{os.environ.get('PYTEST_XDIST_WORKER', 'main')}"


@dataclass(frozen=True)
class Ready:
    """A registry with one import done and a second one waiting."""

    settings: Settings
    second: Import


@pytest.fixture(scope="session")
def base(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ready]:
    """The registry that copies are made of; nobody is connected to it."""
    own = Settings(
        home=tmp_path_factory.mktemp("base"), **addresses(_create(server_url, BASE, "template0"))
    )
    migrate(own)
    with connect(own) as connection:
        account = add_account(connection, "clinic", "thoroughcare")
        first = put(own, connection, account, FIRST, folder=own.home, received_at=SATURDAY)
        process(own, connection, first)
        at = SATURDAY.replace(hour=13)
        second = put(own, connection, account, SECOND, folder=own.home, received_at=at)
    yield Ready(own, second)
    _drop(server_url, BASE)


@contextmanager
def copies(base: Ready, server_url: str, folder: Path) -> Iterator[Callable[[], Ready]]:
    """Makes copies of the base, each a database and a home of its own; drops them at the end."""
    made = []

    def copy() -> Ready:
        name = f"{BASE}_{next(NUMBERS)}"
        made.append(name)
        shutil.copytree(base.settings.home, folder / name)
        url = _create(server_url, name, BASE)
        return Ready(Settings(home=folder / name, **addresses(url)), base.second)

    yield copy
    for name in made:
        _drop(server_url, name)


@pytest.fixture
def ready(base: Ready, server_url: str, tmp_path: Path) -> Iterator[Callable[[], Ready]]:
    with copies(base, server_url, tmp_path) as copy:
        yield copy


def _create(server_url: str, name: str, template: str) -> str:
    _drop(server_url, name)  # one that a killed test run left
    with psycopg.connect(server_url, autocommit=True) as server:
        statement = "CREATE DATABASE {} TEMPLATE {} ENCODING 'UTF8'"
        server.execute(sql.SQL(statement).format(sql.Identifier(name), sql.Identifier(template)))
    return make_url(server_url).set(database=name).render_as_string(hide_password=False)


def _drop(server_url: str, name: str) -> None:
    with psycopg.connect(server_url, autocommit=True) as server:
        server.execute(
            sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name))
        )


def until(connection: psycopg.Connection, question: str, seconds: float = 60) -> None:
    """Repeat a check until it is true; the test fails if it stays false."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with psycopg.connect(
            connection.info.dsn, password=connection.info.password, autocommit=True
        ) as fresh:
            (answer,) = fresh.execute(question).fetchone() or (None,)
        if answer:
            return
        time.sleep(0.02)
    raise AssertionError(f"never true: {question}")
