"""The SFTP server, two customers of different accounts, and clients that are closed at the end."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from psycopg import Connection

from registry.settings import Settings
from tests.gateway.sftp.customers import Client, Customer, customer, dial, server_thread


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose host keys are made once."""
    return tmp_path_factory.mktemp("sftp")


@pytest.fixture(scope="module")
def one_server(migrated: Settings, server_home: Path) -> Iterator[Settings]:
    """A server for all tests of a module; in a later one its writes would be in the registry."""
    own = migrated.model_copy(update={"home": server_home})
    with server_thread(own) as serving:
        yield serving


@pytest.fixture
def server(one_server: Settings, database: Settings) -> Settings:
    """The shared server, without files on its disk, and with an empty registry."""
    assert database.database_url == one_server.database_url
    for folder in (one_server.drop_dir, one_server.uploads_dir, one_server.archive_dir):
        shutil.rmtree(folder, ignore_errors=True)
    return one_server


@pytest.fixture
def serve(server: Settings) -> Iterator[Callable[..., Settings]]:
    """Starts further servers on the same home, with other settings."""
    with ExitStack() as stack:
        yield lambda **changed: stack.enter_context(
            server_thread(server.model_copy(update=changed))
        )


@pytest.fixture
def acme(connection: Connection, server: Settings) -> Customer:
    return customer(connection, server, "acme", "ada")


@pytest.fixture
def globex(connection: Connection, server: Settings) -> Customer:
    return customer(connection, server, "globex", "grace")


@pytest.fixture
def call() -> Iterator[Callable[..., Client]]:
    """Signs a customer in; the connection is closed at the end."""
    clients: list[Client] = []
    with asyncio.Runner() as runner:

        def sign_in(who: Customer, **how) -> Client:
            clients.append(dial(runner, who.settings, how.pop("user", who.user), **how))
            return clients[-1]

        yield sign_in
        for client in clients:
            client.close()


@pytest.fixture
def ada(call: Callable[..., Client], acme: Customer) -> Client:
    """A session of acme's user."""
    return call(acme)
