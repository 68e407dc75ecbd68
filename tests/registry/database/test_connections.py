"""Addresses of PostgreSQL, connections to it, and what is said where there is none."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import make_url, text

from registry.database.connections import (
    connect,
    connect_as_owner,
    dagster_url,
    database_url,
    engine,
    plain_url,
)
from registry.database.logins import RUNS_LOGIN
from registry.database.pool import connection_pool
from registry.migrations import migrate
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable


class TestConnections:
    pytestmark = pytest.mark.external_postgres

    def test_a_connection_commits_by_hand_and_is_in_utc(self, settings):
        with connect(settings) as connection:
            assert connection.autocommit is False
            assert connection.execute("show timezone").fetchone() == ("UTC",)

    def test_a_pool_replaces_a_connection_that_the_server_closed(self, settings, connection):
        with connection_pool(settings, 1) as pool:
            with pool.connection() as used:
                pid = used.info.backend_pid
            connection.execute("select pg_terminate_backend(%s, 5000)", (pid,))
            with pool.connection() as fresh:
                assert fresh.execute("select 1").fetchone() == (1,)
                assert fresh.info.backend_pid != pid

    def test_options_in_the_address_are_kept(self, settings):
        address = f"{settings.runs_database_url}"
        joint = "&" if "?" in address else "?"
        longer = f"{address}{joint}options=-c%20statement_timeout%3D4321"
        with connect(settings.model_copy(update={"runs_database_url": longer})) as connection:
            assert connection.execute("show statement_timeout").fetchone() == ("4321ms",)
            assert connection.execute("show timezone").fetchone() == ("UTC",)

    def test_sqlalchemy_uses_the_same_connections(self, settings):
        database = engine(settings)
        with database.connect() as connection:
            assert connection.scalar(text("show timezone")) == "UTC"
            assert connection.dialect.driver == "psycopg"
        database.dispose()

    @pytest.mark.parametrize("scheme", ["postgres", "postgresql", "postgresql+psycopg"])
    def test_every_usual_way_to_write_the_address_is_understood(self, scheme):
        given = Settings(database_url=f"{scheme}://u:p%40ss@db:6432/registry")
        assert database_url(given) == "postgresql://u:p%40ss@db:6432/registry"

    def test_dagsters_database_is_created_once_when_many_ask_at_once(self, settings):
        fresh = settings.model_copy(
            update={"dagster_database": f"{settings.dagster_database}_race"}
        )
        with connect_as_owner(settings) as connection:
            connection.autocommit = True
            connection.execute(f"drop database if exists {fresh.dagster_database}")
        with ThreadPoolExecutor(8) as pool:
            addresses = set(pool.map(dagster_url, [fresh] * 8))
        (address,) = addresses
        assert address.startswith("postgresql+psycopg2://")
        with psycopg.connect(address.replace("+psycopg2", "")) as connection:
            assert connection.execute("select current_database()").fetchone() == (
                fresh.dagster_database,
            )
            assert connection.execute("show timezone").fetchone() == ("UTC",)
            assert connection.execute("show server_encoding").fetchone() == ("UTF8",)


class TestErrors:
    def test_a_server_that_is_not_there_is_named_without_its_password(self):
        settings = Settings(database_url="postgresql://rita:hunter2@127.0.0.1:1/registry")
        with pytest.raises(DatabaseUnavailable) as caught:
            connect(settings)
        message = str(caught.value)
        assert "127.0.0.1:1" in message
        assert "registry" in message
        assert "rita" in message
        assert "ROSTERLINE_DATABASE_URL" in message
        assert "hunter2" not in message + str(caught.value.__cause__)

    @pytest.mark.parametrize("ask", [dagster_url, migrate])
    def test_every_way_in_says_the_same(self, ask):
        settings = Settings(database_url="postgresql://rita:hunter2@127.0.0.1:1/registry")
        with pytest.raises(DatabaseUnavailable, match=r"127\.0\.0\.1:1"):
            ask(settings)

    @pytest.mark.parametrize(
        "address",
        [
            "hunter2",
            "mysql://rita:hunter2@db/registry",
            "postgresql://rita:hun@ter2@db/registry",
            "postgresql://rita:hunter2@db",
            "postgresql://rita:hunter2@db:port/registry",
            "postgresql://rita@db/registry?password=hunter2&no_such_option=1",
        ],
    )
    def test_an_address_that_cannot_be_read_is_not_repeated(self, address):
        with pytest.raises(DatabaseUnavailable) as caught:
            connect(Settings(database_url=address))
        assert "hunter2" not in str(caught.value)
        assert "ter2" not in str(caught.value)
        assert caught.value.__cause__ is None
        assert "postgresql://user:password@host" in str(caught.value)

    @pytest.mark.external_postgres
    def test_a_user_that_may_not_create_databases_is_told_what_to_do(self, settings):
        with connect_as_owner(settings) as connection:
            connection.execute("drop role if exists rosterline_test_plain")
            connection.execute("create role rosterline_test_plain login password 'plain'")
        plain = settings.model_copy(
            update={
                "dagster_database": "rosterline_test_never",
                "database_url": as_user(settings, "rosterline_test_plain", "plain"),
                "runs_database_url": None,
            }
        )
        with pytest.raises(DatabaseUnavailable, match="may not create the database"):
            dagster_url(plain)
        with connect_as_owner(settings) as connection:
            connection.execute("drop role rosterline_test_plain")


def as_user(settings: Settings, user: str, password: str) -> str:
    url = make_url(settings.database_url or "").set(username=user, password=password)
    return url.render_as_string(hide_password=False)


def test_the_reason_of_a_refusal_is_passed_on_without_the_password(embedded):
    with connect_as_owner(embedded) as connection:
        connection.execute("CREATE ROLE rita LOGIN PASSWORD 'right'")
        connection.commit()
        (rules,) = connection.execute("SHOW hba_file").fetchone()
        file = Path(rules)
        file.write_text(f"local all rita scram-sha-256\n{file.read_text()}")
        connection.execute("SELECT pg_reload_conf()")
        connection.commit()
    address = make_url(database_url(embedded))
    for changes, reason in (
        ({"username": "rita", "password": "hunter2"}, "password authentication failed"),
        ({"database": "nosuch"}, 'database "nosuch" does not exist'),
    ):
        wrong = address.set(**changes).render_as_string(hide_password=False)
        with pytest.raises(DatabaseUnavailable) as caught:
            connect_as_owner(embedded.model_copy(update={"database_url": wrong}))
        assert reason in str(caught.value)
        assert "hunter2" not in str(caught.value)


class TestDagstersDatabaseOfAnOlderVersion:
    """The owner made it, and all that is in it."""

    pytestmark = pytest.mark.external_postgres

    def test_it_is_given_to_the_login_of_runs_once(self, migrated):
        name = f"{migrated.dagster_database}_of_owner"
        as_before = migrated.model_copy(
            update={"dagster_database": name, "runs_database_url": None}
        )
        now = migrated.model_copy(update={"dagster_database": name})
        with connect_as_owner(migrated) as owner:
            owner.autocommit = True
            owner.execute(f"drop database if exists {name} with (force)")
        with psycopg.connect(plain_url(dagster_url(as_before))) as old:
            old.execute("create type step as enum ('started')")
            old.execute("create table runs (id serial primary key, at step)")
            old.execute("create view last_run as select max(id) from runs")
            old.execute("create sequence loose")
        for _ in range(2):
            with psycopg.connect(plain_url(dagster_url(now))) as own:
                own.execute("alter table runs add column body text")
                own.execute("insert into runs (at) values ('started')")
                own.execute("alter type step rename to step_kind")
                own.execute("create table more (id int)")
                own.rollback()
                assert own.execute(OWNERS).fetchall() == [(RUNS_LOGIN,)]


OWNERS = """
select distinct pg_get_userbyid(relowner) from pg_class
where relnamespace = 'public'::regnamespace
union select pg_get_userbyid(datdba) from pg_database where datname = current_database()
"""
