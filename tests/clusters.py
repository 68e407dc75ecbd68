"""Servers of the distribution's packages for one test: PostgreSQL, its replica, and PgBouncer.

As root they run as the user `postgres`, whom the package made.
"""

import os
import pwd
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from tests.ports import free_port

USER = "postgres"


def program(name: str) -> str:
    """The newest program of this name in Debian's packages of PostgreSQL; else the test skips."""
    folders = sorted(
        Path("/usr/lib/postgresql").glob("*/bin"), key=lambda each: int(each.parent.name)
    )
    found = [str(folder / name) for folder in folders if (folder / name).exists()]
    return found[-1] if found else pytest.skip(f"Debian's package postgresql has {name}")


@dataclass(frozen=True)
class Server:
    """A server that runs; `folder` is its data, or PgBouncer's configuration."""

    port: int
    folder: Path

    def url(self, database: str = "rosterline", host: str = "127.0.0.1", **options: str) -> str:
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return f"postgresql://{USER}@{host}:{self.port}/{database}{'?' if query else ''}{query}"

    def run(self, *command: str) -> None:
        as_user(*command)

    def stop(self) -> None:
        as_user(program("pg_ctl"), "-D", self.folder, "-m", "immediate", "-w", "stop")

    def start(self) -> None:
        _start(self.folder)


def as_user(*command: str | Path) -> str:
    """Run as a user who is not root; returns what it prints."""
    prefix = ["runuser", "-u", USER, "--"] if os.geteuid() == 0 else []
    ran = subprocess.run(
        [*prefix, *map(str, command)], capture_output=True, text=True, check=False, cwd="/"
    )
    assert ran.returncode == 0, ran.stderr + ran.stdout
    return ran.stdout


@contextmanager
def own_folder() -> Iterator[Path]:
    """A folder of the user whom the servers run as, gone at the end."""
    root = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # noqa: S108 - in memory
    folder = Path(tempfile.mkdtemp(prefix="rosterline-cluster-", dir=root))
    if os.geteuid() == 0:
        user = pwd.getpwnam(USER)
        os.chown(folder, user.pw_uid, user.pw_gid)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def cluster(*settings: str, hba: str = "", database: str = "rosterline") -> Iterator[Server]:
    """A new cluster with an empty database; `settings` are lines of postgresql.conf."""
    with own_folder() as parent:
        data = parent / "data"
        as_user(program("initdb"), "-D", data, "-U", USER, "-A", "trust", "-E", "UTF8",
                "--locale=C.UTF-8", "--no-sync")  # fmt: skip
        port = free_port()
        lines = [
            f"port = {port}", "listen_addresses = '127.0.0.1'",
            f"unix_socket_directories = '{parent}'", "fsync = off", "autovacuum = off",
            "shared_buffers = 64MB", *settings,
        ]  # fmt: skip
        _append(data / "postgresql.conf", "\n".join(lines) + "\n")
        if hba:
            (data / "pg_hba.conf").write_text(hba)
        yield from _running(Server(port, data), database)


@contextmanager
def replica_of(primary: Server) -> Iterator[Server]:
    """A replica that streams from this cluster."""
    with own_folder() as parent:
        data = parent / "data"
        as_user(program("pg_basebackup"), "-D", data, "-R", "-X", "stream", "-c", "fast", "-d",
                primary.url("postgres"))  # fmt: skip
        port = free_port()
        _append(data / "postgresql.conf",
                f"port = {port}\nunix_socket_directories = '{parent}'\n")  # fmt: skip
        yield from _running(Server(port, data), None)


@contextmanager
def bouncer(server: Server, **settings: object) -> Iterator[Server]:
    """PgBouncer in transaction mode before this server, with few connections to it."""
    found = shutil.which("pgbouncer") or shutil.which("pgbouncer", path="/usr/sbin")
    if found is None:
        pytest.skip("Debian's package pgbouncer has it")
    with own_folder() as parent:
        port = free_port()
        options = {
            "listen_addr": "127.0.0.1", "listen_port": port, "unix_socket_dir": "",
            "auth_type": "trust", "auth_file": parent / "users.txt", "pool_mode": "transaction",
            "default_pool_size": 8, "max_client_conn": 400, "admin_users": USER,
            "logfile": parent / "log", "pidfile": parent / "pid", **settings,
        }  # fmt: skip
        (parent / "users.txt").write_text(f'"{USER}" ""\n')
        text = "\n".join(f"{name} = {value}" for name, value in options.items())
        (parent / "pgbouncer.ini").write_text(
            f"[databases]\n* = host=127.0.0.1 port={server.port}\n[pgbouncer]\n{text}\n"
        )
        for path in parent.iterdir():
            shutil.chown(path, USER) if os.geteuid() == 0 else None
        as_user(found, "-d", parent / "pgbouncer.ini")
        pooler = Server(port, parent)
        try:
            _wait(pooler.url("postgres"))
            yield pooler
        finally:
            os.kill(int((parent / "pid").read_text()), 15)


def statistics(pooler: Server) -> dict[str, int]:
    """How many transactions went through PgBouncer, by database."""
    url = pooler.url("pgbouncer")
    with psycopg.connect(url, autocommit=True, prepare_threshold=None) as admin:
        # The admin console knows the simple protocol only.
        cursor = psycopg.ClientCursor(admin)
        rows = cursor.execute("SHOW STATS_TOTALS").fetchall()
        names = [column.name for column in cursor.description]
    return {row[0]: int(row[names.index("xact_count")]) for row in rows}


def _running(server: Server, database: str | None) -> Iterator[Server]:
    _start(server.folder)
    try:
        if database:
            with psycopg.connect(
                server.url("postgres", host=_local(server)), autocommit=True
            ) as own:
                own.execute(f"CREATE DATABASE {database}")
        yield server
    finally:
        running = (server.folder / "postmaster.pid").exists()
        if running:
            server.stop()


def _local(server: Server) -> str:
    return str(server.folder.parent).replace("/", "%2F")


def _start(data: Path) -> None:
    as_user(program("pg_ctl"), "-D", data, "-w", "-t", "120", "-l", data.parent / "log", "start")


def _append(path: Path, text: str) -> None:
    with path.open("a") as file:
        file.write(text)


def _wait(url: str) -> None:
    for _ in range(200):
        try:
            psycopg.connect(url, connect_timeout=2).close()
        except psycopg.OperationalError:
            time.sleep(0.1)
        else:
            return
    raise AssertionError("it does not answer")
