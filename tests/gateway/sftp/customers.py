"""The SFTP server as tests run it, and a client that reads like a conversation."""

import asyncio
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import asyncssh
from asyncssh.packet import String, UInt32, UInt64
from psycopg import Connection

from gateway.passwords import hash_password
from gateway.sftp.serving import serving
from registry.accounts import sftp_users
from registry.accounts.accounts import Account, add_account
from registry.accounts.activity_log import AccessEvent, list_events
from registry.accounts.sftp_users import SftpKey
from registry.database.connections import connect
from registry.landing.archive_copy import archive_key
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.landing.sftp_uploads import list_uploads
from registry.ledger.imports import Import, list_imports
from registry.settings import Settings
from registry.store import store_of
from tests.gateway.sftp.stored_folders import StoredFolder, StoredPending, StoredResults
from tests.ports import free_port
from tests.waiting import eventually

PROJECT = Path(__file__).parents[3]
PASSWORD = "right-horse-battery"


@cache
def key_of(user: str, algorithm: str = "ssh-ed25519") -> asyncssh.SSHKey:
    """A user's key pair; made once, for making RSA keys takes a while."""
    assert user
    size = {"key_size": 2048} if algorithm == "ssh-rsa" else {}
    return asyncssh.generate_private_key(algorithm, **size)


def public(key: asyncssh.SSHKey) -> SftpKey:
    text = key.export_public_key("openssh").decode().strip()
    return SftpKey(key.get_fingerprint(), text)


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


@contextmanager
def server_thread(settings: Settings) -> Iterator[Settings]:
    """The real server on a free port, in an event loop of its own."""
    # Tests that end a server whose clients are connected need not wait for them.
    own = settings.model_copy(update={"sftp_port": free_port(), "drain_seconds": 0.0})
    started: Future[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = Future()

    async def serve() -> None:
        over = asyncio.Event()
        async with serving(own):
            started.set_result((asyncio.get_running_loop(), over))
            await over.wait()

    def run() -> None:
        try:
            asyncio.run(serve())
        except Exception as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()
    loop, over = started.result(20)
    try:
        yield own
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(20)
        assert not thread.is_alive(), "the server does not end"


@contextmanager
def server_process(settings: Settings, log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python -m gateway.sftp` with these settings, once it listens; killed at the end."""
    environment = {**os.environ, **settings.as_environment(), "PYTHONPATH": str(PROJECT)}
    with log.open("ab") as written:
        process = subprocess.Popen(
            [sys.executable, "-m", "gateway.sftp"],
            env=environment, cwd=PROJECT, stdout=written, stderr=written,
        )  # fmt: skip
    try:
        eventually(lambda: process.poll() is not None or _listens(settings.sftp_port), 30)
        assert process.poll() is None, log.read_text()
        yield process
    finally:
        process.kill()
        process.wait(20)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@dataclass(frozen=True)
class Customer:
    """An account with one user, and where its files are on the server's disk."""

    settings: Settings
    account: Account
    user: str

    @property
    def on_disk(self) -> bool:
        """Whether its files are in folders, not in a bucket."""
        return not self.settings.store_url

    @property
    def pending(self) -> "Path | StoredFolder":
        if not self.on_disk:
            return StoredPending(self.settings, self.account)
        return account_folder(self.settings, self.account) / PENDING

    @property
    def results(self) -> "Path | StoredFolder":
        if not self.on_disk:
            return StoredResults(self.settings, self.account)
        return account_folder(self.settings, self.account) / RESULTS

    def unfinished(self) -> list[int]:
        """The bytes of each upload that is open or broke off; 0 for a folder without one."""
        folder = self.settings.uploads_dir / self.account.name
        folders = folder.iterdir() if folder.exists() else ()
        sizes = [sum(path.stat().st_size for path in each.iterdir()) for each in folders]
        if not self.on_disk:
            with connect(self.settings) as connection:
                parts = list_uploads(connection, self.account, is_part=True)
            sizes += [each.byte_count for each in parts]
        return sizes

    def names(self) -> list[str]:
        """The names in Pending."""
        return sorted(path.name for path in self.pending.iterdir())

    def imports(self) -> list[Import]:
        """Its imports, the first received first."""
        with connect(self.settings) as connection:
            return list_imports(connection, account_id=self.account.id)[::-1]

    def states(self) -> list[str]:
        return [each.state for each in self.imports()]

    def events(self, action: str | None = None) -> list[AccessEvent]:
        """Its events of the activity log, the oldest first."""
        with connect(self.settings) as connection:
            events = list_events(connection, account_id=self.account.id, limit=1000)[::-1]
        return [each for each in events if action in (None, each.action)]

    def set_state(self, state: str) -> None:
        """Let all imports be in this state, as a run would."""
        with connect(self.settings) as connection:
            connection.execute(
                "UPDATE import SET state = %s WHERE account_id = %s", (state, self.account.id)
            )

    def archived(self, imported: Import) -> bytes:
        return store_of(self.settings).read(archive_key(imported.sha256))


def customer(connection: Connection, settings: Settings, name: str, user: str) -> Customer:
    """A new account with a user that has the password of all tests, and a key."""
    account = add_account(connection, name, "thoroughcare", "America/New_York")
    added = sftp_users.add_user(connection, account, user)
    sftp_users.set_password_hash(connection, added, password_hash())
    sftp_users.add_key(connection, added, public(key_of(user)))
    connection.commit()
    ensure_folders(settings, account)
    return Customer(settings, account, user)


class Client:
    """One SFTP session. Methods of asyncssh's client can be called without `await`."""

    def __init__(self, runner: asyncio.Runner, connection: asyncssh.SSHClientConnection) -> None:
        self._runner = runner
        self.connection = connection
        self.sftp = self.run(connection.start_sftp_client())

    def run(self, work):
        return self._runner.run(_in_time(work))

    def __getattr__(self, name):
        method = getattr(self.sftp, name)
        return lambda *args, **named: self.run(method(*args, **named))

    def put_bytes(self, path: str, content: bytes) -> None:
        file = self.begin(path, content)
        self.run(file.close())

    def begin(self, path: str, content: bytes, flags: str = "wb", at: int = 0):
        """An upload that is not closed yet."""
        file = self.open(path, flags)
        self.run(file.write(content, at))
        return file

    def read_bytes(self, path: str) -> bytes:
        file = self.open(path, "rb")
        try:
            return self.run(file.read())
        finally:
            self.run(file.close())

    def request(self, kind: int | bytes, *arguments: str | int | bytes) -> object:
        """A request as it is sent: paths as text, handles as bytes."""
        return self.run(self.sftp._handler._make_request(kind, *map(_encoded, arguments)))

    def abort(self) -> None:
        """As when the network goes away."""
        self.connection.abort()
        self.run(self.connection.wait_closed())

    def close(self) -> None:
        self.connection.close()
        self.run(self.connection.wait_closed())


class Offset(int):
    """A number of 64 bits in a request."""


class Raw(bytes):
    """Bytes of a request that are sent unchanged."""


def _encoded(argument: str | int | bytes) -> bytes:
    if isinstance(argument, Raw):
        return bytes(argument)
    if isinstance(argument, Offset):
        return UInt64(argument)
    return UInt32(argument) if isinstance(argument, int) else String(argument)


async def _in_time(work):
    async with asyncio.timeout(60):
        return await work


def dial(runner: asyncio.Runner, settings: Settings, user: str, **how) -> Client:
    """Sign in with the user's key, or as `how` says, and open a session."""
    keys = None if "password" in how else [key_of(user)]
    chosen = {"client_keys": keys, **how}
    return Client(
        runner,
        runner.run(
            _in_time(
                asyncssh.connect(
                    "127.0.0.1", chosen.pop("port", settings.sftp_port),
                    username=user, known_hosts=None, agent_path=None, config=None, **chosen,
                )
            )
        ),
    )  # fmt: skip
