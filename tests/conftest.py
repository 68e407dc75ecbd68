"""Fixtures of all tests: a home, a real PostgreSQL, and a registry that is empty for each test."""

import os
import shutil
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pytest
from psycopg import sql
from psycopg.errors import DeadlockDetected
from sqlalchemy import make_url

from registry.database.connections import connect_as_owner, database_url, stop_embedded
from registry.database.embedded_server import DATABASE
from registry.migrations import migrate
from registry.settings import Settings
from tests.buckets import Bucket, S3Server, reach, s3_server
from tests.logins import addresses

# Set it to run against a PostgreSQL that is there already, as a superuser of it. Without it each
# pytest-xdist worker starts an embedded one.
EXTERNAL_URL_VARIABLE = "ROSTERLINE_TEST_DATABASE_URL"

# Deletes where truncating took seven times as long: it makes each table and index anew. The locks
# wait for what a server that tests share is writing. Without triggers: all rows go, in any order.
EMPTY_ALL_TABLES = """
do $$
declare
    tables text[] := array(
        select format('%I.%I', schemaname, tablename) from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema')
            and tablename not in ('alembic_version', 'applied_objects')
    );
    each text;
begin
    set local session_replication_role = replica;
    execute format('lock table %s in share row exclusive mode', array_to_string(tables, ', '));
    foreach each in array tables loop
        if pg_relation_size(each) > 1000000 then
            execute format('truncate %s cascade', each);
        else
            execute format('delete from %s', each);
        end if;
    end loop;
end $$
"""


@pytest.fixture(scope="session", autouse=True)
def _no_settings_of_the_developer() -> Iterator[None]:
    """A developer's own ROSTERLINE_ and DAGSTER_ variables must not reach a test."""
    keep = {EXTERNAL_URL_VARIABLE}
    with pytest.MonkeyPatch.context() as patch:
        for name in os.environ:
            if name.startswith(("ROSTERLINE_", "DAGSTER_")) and name not in keep:
                patch.delenv(name)
        yield


@pytest.fixture(scope="session", autouse=True)
def _no_authorities(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Tests call their own servers, without TLS: httpx need not read a bundle for each client."""
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("SSL_CERT_FILE", raising=False)
        patch.setenv("SSL_CERT_DIR", str(tmp_path_factory.mktemp("no-authorities")))
        yield


@contextmanager
def embedded_home() -> Iterator[Settings]:
    """Settings of a new home whose embedded server, if one was started, is stopped at the end.

    Not below pytest's own folder: as root the server runs as another user, and pytest closes
    its folder to others whenever a further pytest starts.
    """
    own = Settings(home=Path(tempfile.mkdtemp(prefix="rosterline-test-")))
    try:
        yield own
    finally:
        stop_embedded(own)
        shutil.rmtree(own.home)


@pytest.fixture
def embedded() -> Iterator[Settings]:
    """Settings of a home of this test's own, with an embedded server that does not run yet."""
    with embedded_home() as own:
        yield own


@pytest.fixture(scope="session")
def server_url(_no_settings_of_the_developer: None) -> Iterator[str]:
    """A PostgreSQL server with no data of ours: the external one, or one embedded per worker."""
    external = os.environ.get(EXTERNAL_URL_VARIABLE)
    if external:
        yield database_url(Settings(database_url=external))
        return
    with embedded_home() as own:
        with connect_as_owner(own) as server:
            server.autocommit = True
            # Else rows lie in the order in which it came by, and plans depend on what it saw last.
            server.execute("alter system set autovacuum = off")
            server.execute("select pg_reload_conf()")
        yield database_url(own)


@pytest.fixture(scope="session")
def settings(server_url: str, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings of this worker: an empty home, and a new database on the test server."""
    worker = os.environ.get("PYTEST_XDIST_WORKER", "main")
    # A server of this worker's own has a new database under the usual name, for which `make setup`
    # has parsed the marts. All workers share the external one.
    own = DATABASE if EXTERNAL_URL_VARIABLE not in os.environ else f"rosterline_test_{worker}"
    dagster_name = f"dagster_test_{worker}"
    with psycopg.connect(server_url, autocommit=True) as server:
        for each in {own, dagster_name} - {DATABASE}:
            drop = sql.SQL("drop database if exists {} with (force)")
            server.execute(drop.format(sql.Identifier(each)))
        if own != DATABASE:
            create = sql.SQL("create database {} template template0 encoding 'UTF8'")
            server.execute(create.format(sql.Identifier(own)))
    return Settings(
        home=tmp_path_factory.mktemp("home"),
        dagster_database=dagster_name,
        **addresses(make_url(server_url).set(database=own)),
    )


@pytest.fixture(scope="session")
def migrated(settings: Settings) -> Settings:
    """The settings, once their database has the registry's tables."""
    migrate(settings)
    return settings


@pytest.fixture(scope="session")
def _broom(migrated: Settings) -> Iterator[psycopg.Connection]:
    """A connection that stays, for a new one would take longer than there is to do."""
    with connect_as_owner(migrated) as kept:
        kept.autocommit = True
        yield kept


@pytest.fixture
def database(migrated: Settings, _broom: psycopg.Connection) -> Settings:
    """The settings, with a registry that is there and empty."""
    # Before the test, not after it: what a failed test left can be looked at.
    for tries_left in reversed(range(5)):
        try:
            _broom.execute(EMPTY_ALL_TABLES)
            break
        except DeadlockDetected:  # with a server that tests share
            if not tries_left:
                raise
    return migrated


@pytest.fixture
def connection(database: Settings) -> Iterator[psycopg.Connection]:
    """A connection to the empty registry; what a test does not commit is rolled back."""
    with connect_as_owner(database) as open_connection:
        yield open_connection
        open_connection.rollback()


@pytest.fixture(scope="session")
def s3() -> Iterator[S3Server]:
    """A server that speaks S3's protocol."""
    with s3_server() as server:
        yield server


@pytest.fixture
def bucket(s3: S3Server, monkeypatch: pytest.MonkeyPatch) -> Bucket:
    """A new bucket, which this process and those that it starts can reach."""
    reach(s3, monkeypatch)
    return s3.make_bucket()


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with most slow tests first, else one would be left for one worker at the end.

    Apart from that the order is the random one of pytest-randomly. A worker takes whole files
    (`--dist loadfile`), so that what a file's tests share, for example a server, is started once.
    """
    slow = Counter(item.path for item in items if item.get_closest_marker("slow"))
    items.sort(key=lambda item: -slow[item.path])


def pytest_make_parametrize_id(val: object) -> str | None:
    """Packed bytes by this word: they hold the time, and all workers must give a test one name."""
    return "gzip" if isinstance(val, bytes) and val.startswith(b"\x1f\x8b") else None


@pytest.fixture
def small_disk(tmp_path):
    """A file system of its own that holds 8 MiB, and a function that makes it larger."""
    folder = tmp_path / "disk"
    folder.mkdir()
    program = shutil.which("mount") or pytest.skip("there is no mount here")
    mount = [program, "-t", "tmpfs", "-o", "size=8m", "rosterline-test", folder]
    ran = subprocess.run(mount, capture_output=True, text=True, check=False)
    if ran.returncode:
        pytest.skip(f"no file system can be mounted here: {ran.stderr.strip()}")

    def grow():
        subprocess.run([program, "-o", "remount,size=64m", folder], check=True)

    yield folder, grow
    # Lazy: the DuckDB engine of this process keeps its folder open.
    subprocess.run([shutil.which("umount") or "", "--lazy", folder], check=True)
