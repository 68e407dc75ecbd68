"""Dagster's own webserver behind the front, with an asset that an attacker would like to wipe."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import dagster as dg
import httpx
import pytest
import uvicorn
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.load_target import WorkspaceFileTarget
from dagster_webserver.app import create_app_from_workspace_process_context

from gateway.dagster_ui.front import Front
from gateway.http.connections import SERVER
from gateway.http.dagster_tickets import Operator, tickets
from registry.accounts.portal_users import add_user
from registry.database.pool import connection_pool
from registry.settings import Settings
from tests.gateway.portal.conftest import password_hash, serving
from tests.ports import free_port
from tests.waiting import eventually

TARGET = dg.AssetKey("target")
WIPE = (
    'mutation { wipeAssets(assetPartitionRanges: [{assetKey: {path: ["target"]}}]) { __typename } }'
)


@dataclass
class Clock:
    """The time that the front believes in."""

    ahead: timedelta = timedelta(0)

    def __call__(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Ui:
    """The UI's address, its instance, its clock, and the settings that it was started with."""

    settings: Settings
    instance: dg.DagsterInstance
    clock: Clock
    front: Front
    clients: list[httpx.Client] = field(default_factory=list)

    @property
    def url(self) -> str:
        return self.settings.dagster_url

    def target_is_there(self) -> bool:
        return self.instance.get_latest_materialization_event(TARGET) is not None

    def link(self, user_name: str | None = None, path: str = "") -> str:
        who = Operator(user_name, "password", has_second_factor=False) if user_name else None
        ticket = tickets(self.settings).sign_in(who, self.clock() + timedelta(minutes=1))
        return f"{self.url}/sign-in?ticket={ticket}{path}"

    def client(self, **headers: str) -> httpx.Client:
        """A client without a session; it sends what a page of the UI sends."""
        self.clients.append(httpx.Client(base_url=self.url, headers={"Origin": self.url} | headers))
        return self.clients[-1]

    def signed_in(self, user_name: str | None = None) -> httpx.Client:
        client = self.client()
        assert client.get(self.link(user_name)).status_code == 303
        return client


@pytest.fixture(scope="module")
def portal(migrated: Settings) -> Iterator[Settings]:
    with serving(migrated, webserver_port=free_port()) as own:
        yield own


@pytest.fixture(scope="module")
def served(portal: Settings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ui]:
    workspace = tmp_path_factory.mktemp("workspace") / "workspace.yaml"
    workspace.write_text("load_from: []\n")
    clock = Clock()
    with (
        connection_pool(portal, 2) as pool,
        dg.DagsterInstance.local_temp() as instance,
        WorkspaceProcessContext(instance, WorkspaceFileTarget([str(workspace)])) as process,
    ):
        app = create_app_from_workspace_process_context(process)
        front = Front(app, portal, tickets(portal), pool, clock)
        how = uvicorn.Config(
            front, port=portal.webserver_port, timeout_graceful_shutdown=1, **SERVER
        )
        server = uvicorn.Server(how)
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            eventually(lambda: server.started or not thread.is_alive())
            assert server.started
            yield Ui(portal, instance, clock, front)
        finally:
            server.should_exit = True
            thread.join(20)


@pytest.fixture
def ui(served: Ui, database: Settings) -> Iterator[Ui]:  # noqa: ARG001 - an empty registry
    """The UI, with the asset to wipe, and an empty registry."""
    served.clock.ahead = timedelta(0)
    served.instance.report_runless_asset_event(dg.AssetMaterialization(TARGET))
    assert served.target_is_there()
    yield served
    for client in served.clients:
        client.close()
    served.clients.clear()


@pytest.fixture
def operator(connection) -> str:
    add_user(connection, None, "ops@rosterline.test", "operator", password_hash())
    connection.commit()
    return "ops@rosterline.test"
