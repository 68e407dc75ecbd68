"""One server for the whole matrix, an account for each client, and the customer's machine."""

import asyncio
import fcntl
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from psycopg import Connection

from registry.accounts import sftp_users
from registry.database.connections import connect
from registry.ledger.imports import Import
from registry.settings import Settings
from tests.conftest import EMPTY_ALL_TABLES
from tests.gateway.sftp.client_matrix.catalogue import DRIVERS
from tests.gateway.sftp.client_matrix.driver import Desk, Driver
from tests.gateway.sftp.client_matrix.libraries import PROGRAMS, NodeSftp
from tests.gateway.sftp.customers import (
    PASSWORD,
    Client,
    Customer,
    customer,
    dial,
    key_of,
    public,
    server_thread,
)


@dataclass(frozen=True)
class Seat:
    """A client, the customer who uses it, and the customer's files."""

    driver: Driver
    customer: Customer
    session: Client
    """A session beside the client's, for what a test needs to be there before the client comes."""

    def file(self, name: str, content: bytes) -> Path:
        """A file on the customer's machine."""
        path = self.driver.desk.folder / name
        path.write_bytes(content)
        return path

    def imports(self, name: str) -> list[Import]:
        """What became of the uploads that have this name now, the oldest first."""
        return [each for each in self.customer.imports() if each.file_name == name]

    def waiting(self, name: str) -> list[bytes]:
        """The archive's bytes of each import that waits under this name."""
        return [
            self.customer.archived(each) for each in self.imports(name) if each.state == "waiting"
        ]


@pytest.fixture(scope="module")
def empty_server(
    migrated: Settings, _broom: Connection, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Settings]:
    """A server on an empty registry that no test of the module empties."""
    _broom.execute(EMPTY_ALL_TABLES)
    own = migrated.model_copy(update={"home": tmp_path_factory.mktemp("matrix")})
    with server_thread(own) as serving:
        yield serving


@pytest.fixture(scope="session")
def node_modules(request: pytest.FixtureRequest) -> Path:
    """A folder with npm's client in it, installed once for all runs of the tests."""
    folder = Path(request.config.cache.mkdir("client_matrix"))
    wanted, installed = PROGRAMS / "package.json", folder / "package.json"
    words = [str(shutil.which("npm")), "install", "--no-audit", "--no-fund", "--ignore-scripts"]
    # Workers that test beside each other share the folder: one installs, the others wait.
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        is_there = (folder / "node_modules" / ".package-lock.json").exists()
        if not is_there or installed.read_text() != wanted.read_text():
            shutil.copy(wanted, installed)
            ran = subprocess.run(words, cwd=folder, capture_output=True, text=True, check=False)
            assert ran.returncode == 0, ran.stderr
    return folder


@pytest.fixture(scope="module")
def seats(
    empty_server: Settings, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[type[Driver]], Seat]]:
    """The seat of a client; made when it is first asked for, because some programs start slowly."""
    taken: dict[type[Driver], Seat] = {}
    with ExitStack() as stack:
        runner = stack.enter_context(asyncio.Runner())

        def seat(driver: type[Driver]) -> Seat:
            if driver not in taken:
                desk, who = _desk(driver, empty_server, tmp_path_factory.mktemp("desk"))
                session = dial(runner, empty_server, who.user)
                stack.callback(session.close)
                taken[driver] = Seat(driver(desk), who, session)
                stack.callback(taken[driver].driver.close)
            return taken[driver]

        yield seat


@pytest.fixture(params=DRIVERS, ids=lambda driver: driver.__name__)
def client(request: pytest.FixtureRequest, seats: Callable[[type[Driver]], Seat]) -> Seat:
    """Each client in turn. What is not installed is skipped by its name."""
    driver = request.param
    if (missing := driver.missing()) is not None:
        pytest.skip(f"{driver.name} is not tried: there is no {missing} here")
    if driver is NodeSftp:
        NodeSftp.modules = request.getfixturevalue("node_modules")
    return seats(driver)


def _desk(driver: type[Driver], settings: Settings, folder: Path) -> tuple[Desk, Customer]:
    name = driver.__name__.lower()
    with connect(settings) as connection:
        who = customer(connection, settings, f"matrix-{name}", f"user-{name}")
        user = sftp_users.find_user(connection, who.user)
        assert user is not None
        old = key_of(who.user, "ecdsa-sha2-nistp256")
        sftp_users.add_key(connection, user, public(old))
        connection.commit()
    desk = Desk(folder, settings.sftp_port, who.user, PASSWORD, folder / "id", folder / "id.pem")
    key_of(who.user).write_private_key(str(desk.key))
    key_of(who.user).write_public_key(f"{desk.key}.pub")
    old.write_private_key(str(desk.old_key), "pkcs1-pem")
    for path in (desk.key, desk.old_key):
        path.chmod(0o600)
    return desk, who
