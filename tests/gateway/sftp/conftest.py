"""The SFTP server, two customers of different accounts, and clients that are closed at the end."""

import asyncio
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from psycopg import Connection

from registry.settings import Settings
from tests.buckets import S3Server, empty, reach
from tests.gateway.sftp.customers import Client, Customer, customer, dial, server_thread

BOTH_STORES = {
    "test_activity_log", "test_clients", "test_interruptions", "test_limits",
    "test_names_in_pending", "test_permissions", "test_storage_quota", "test_told_of",
    "test_upload_requests", "test_whole_way",
}  # fmt: skip
"""Modules about files, whose tests run with folders and with a bucket, unless marked `on_disk`."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Let tests about files run over both stores."""
    if "store" not in metafunc.fixturenames:
        return
    is_both = metafunc.module.__name__.rpartition(".")[2] in BOTH_STORES
    stores: list[object] = ["folders"]
    if is_both and metafunc.definition.get_closest_marker("on_disk") is None:
        stores.append(pytest.param("bucket", marks=[pytest.mark.bucket, pytest.mark.slow]))
    metafunc.parametrize("store", stores, indirect=True, scope="module")


@pytest.fixture(scope="module")
def store(request: pytest.FixtureRequest) -> Iterator[dict[str, str]]:
    """The settings of the store that the tests of a module run with."""
    if request.param == "folders":
        yield {}
        return
    server: S3Server = request.getfixturevalue("s3")
    with pytest.MonkeyPatch.context() as patch:
        reach(server, patch)
        yield {"store_url": server.make_bucket().url}


@pytest.fixture(scope="session")
def server_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home whose host keys are made once."""
    return tmp_path_factory.mktemp("sftp")


@pytest.fixture(scope="module")
def one_server(migrated: Settings, server_home: Path, store: dict[str, str]) -> Iterator[Settings]:
    """A server for all tests of a module; in a later one its writes would be in the registry."""
    own = migrated.model_copy(update={"home": server_home, **store})
    with server_thread(own) as serving:
        yield serving


@pytest.fixture
def server(one_server: Settings, database: Settings) -> Settings:
    """The shared server, without files on its disk, and with an empty registry."""
    assert database.database_url == one_server.database_url
    for folder in (one_server.drop_dir, one_server.uploads_dir, one_server.archive_dir):
        shutil.rmtree(folder, ignore_errors=True)
    if one_server.store_url:
        empty(one_server)
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
