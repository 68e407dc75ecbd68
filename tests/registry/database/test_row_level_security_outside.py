"""Row-level security on an external server, with a user who is no superuser."""

import psycopg
import pytest
from sqlalchemy import make_url

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.database.logins import LOGINS
from registry.database.row_level_security import ROLE, as_account
from registry.migrations import MAKE_ROLES, migrate
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable


@pytest.fixture
def server(embedded):
    """A server of this test's own, and its superuser's connection to it."""
    url = make_url(start(embedded))
    with psycopg.connect(
        url.render_as_string(hide_password=False), autocommit=True
    ) as administrator:
        # As on a server that is not ours.
        administrator.execute(f"DROP ROLE {', '.join((ROLE, *LOGINS))}")
        yield url, administrator


def start(settings: Settings) -> str:
    from registry.database.connections import database_url

    return database_url(settings)


def outside(server, rights: str) -> Settings:
    """Settings of a plain user with these rights and a database of its own."""
    url, administrator = server
    administrator.execute(f"CREATE ROLE clinic LOGIN {rights}")
    administrator.execute("CREATE DATABASE clinic OWNER clinic")
    own = url.set(username="clinic", database="clinic")
    return Settings(database_url=own.render_as_string(hide_password=False))


def sees_only_its_account(settings: Settings) -> None:
    with connect(settings) as connection:
        mine = add_account(connection, "harbor", "metriport")
        add_account(connection, "bay", "metriport")
        connection.commit()
        with as_account(connection, mine.id):
            assert connection.execute("SELECT name FROM account").fetchall() == [("harbor",)]
        assert connection.execute("SELECT count(*) FROM account").fetchone() == (2,)


@pytest.mark.slow
def test_a_user_who_may_create_roles_needs_nothing_else(server):
    settings = outside(server, "CREATEROLE")
    migrate(settings)
    sees_only_its_account(settings)


@pytest.mark.slow
def test_a_user_who_may_not_is_told_what_an_administrator_does(server):
    settings = outside(server, "")
    with pytest.raises(DatabaseUnavailable, match=f"CREATE ROLE {ROLE}"):
        migrate(settings)
    _, administrator = server
    administrator.execute(MAKE_ROLES.replace("<user>", "clinic"))
    migrate(settings)
    sees_only_its_account(settings)
