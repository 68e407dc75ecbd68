"""Databases of these tests: an old registry, and the same one brought up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from sqlalchemy import make_url

from registry.database.connections import connect_as_owner
from registry.migrations import migrate
from registry.settings import Settings
from tests.logins import addresses

OLD_REGISTRY = Path(__file__).with_name("registry_at_0010.sql")


@contextmanager
def database_of_its_own(server: Settings, name: str, template: str) -> Iterator[Settings]:
    """A copy of `template` on the server of `server`, dropped at the end."""
    own, copied = sql.Identifier(name), sql.Identifier(template)
    drop = sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(own)
    with psycopg.connect(server.database_url or "", autocommit=True) as administrator:
        administrator.execute(drop)
        administrator.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {}").format(own, copied))
        url = make_url(server.database_url or "").set(database=name)
        yield server.model_copy(update=addresses(url))
        administrator.execute(drop)


@pytest.fixture(scope="session")
def old_template(migrated: Settings) -> Iterator[str]:
    """Name of a database that holds the registry as the code of revision d0497d4 left it.

    Its tables are those of Alembic's revision 0010. Roles belong to the server: `migrated` made
    them.
    """
    name = f"{migrated.dagster_database}_0010"
    with database_of_its_own(migrated, name, "template0") as restored:
        with connect_as_owner(restored) as connection:
            connection.execute(OLD_REGISTRY.read_bytes())
        yield name


@pytest.fixture(scope="session")
def upgraded_template(migrated: Settings, old_template: str) -> Iterator[str]:
    """Name of a database that holds that registry, brought up to date."""
    name = f"{migrated.dagster_database}_upgraded"
    with database_of_its_own(migrated, name, old_template) as upgraded:
        migrate(upgraded)
        yield name


@pytest.fixture
def upgraded(migrated: Settings, upgraded_template: str, tmp_path: Path) -> Iterator[Settings]:
    """The old registry, brought up to date, for one test."""
    name = f"{migrated.dagster_database}_old"
    with database_of_its_own(migrated, name, upgraded_template) as own:
        yield own.model_copy(update={"home": tmp_path / "home"})
