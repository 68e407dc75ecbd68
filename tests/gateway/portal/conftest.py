"""A portal for the tests of a module, a clinic with a user of each role, and browsers."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from functools import cache

import httpx
import pytest

from gateway.passwords import hash_password
from gateway.web_application import create_web
from registry.accounts.accounts import Account, add_account
from registry.accounts.portal_users import add_user
from registry.database.connections import connect
from registry.settings import Settings
from tests.gateway.serving import served
from tests.importing import Imported, process
from tests.taking_up import take_up_due

PASSWORD = "right-horse-battery"
ROLES = ("viewer", "importer", "reviewer", "admin")


@cache
def password_hash() -> str:
    return hash_password(PASSWORD)


def serving(settings: Settings, **changes: object) -> AbstractContextManager[Settings]:
    """Serve API and portal, and give the settings with their address."""
    return served(create_web, settings, **changes)


@pytest.fixture(scope="module")
def one_portal(migrated: Settings) -> Iterator[Settings]:
    """A server for the tests of a module. Not for more: it sends the webhooks of all its tests."""
    with serving(migrated) as own:
        yield own


@pytest.fixture
def portal(one_portal: Settings, database: Settings) -> Settings:
    """The shared server over an empty registry."""
    assert one_portal.database_url == database.database_url
    return one_portal


@pytest.fixture
def clinic(connection) -> Account:
    """An account of PT Direct with a user of each role, `viewer@clinic.test` and so on."""
    return with_users(connection, "clinic")


@pytest.fixture
def other(connection) -> Account:
    return with_users(connection, "other")


@pytest.fixture
def operator(connection) -> str:
    add_user(connection, None, "ops@rosterline.test", "operator", password_hash())
    connection.commit()
    return "ops@rosterline.test"


def with_users(connection, name: str, format_name: str = "ptdirect") -> Account:
    account = add_account(connection, name, format_name)
    for role in ROLES:
        add_user(connection, account, f"{role}@{name}.test", role, password_hash())
    connection.commit()
    return account


@dataclass
class Browser:
    """A browser without JavaScript: cookies, forms with their tokens, redirects."""

    client: httpx.Client
    page: httpx.Response | None = None
    visited: list[str] = field(default_factory=list)

    def get(self, path: str, **query: str) -> httpx.Response:
        self.page = self.client.get(path, params=query or None, follow_redirects=True)
        return self.page

    def post(self, path: str, *, on: str = "/password", **fields: object) -> httpx.Response:
        """Send a form as the page `on` would, with its token."""
        data = {"csrf": self.token(on)} | fields
        self.page = self.client.post(path, data=data, follow_redirects=True)
        return self.page

    def token(self, on: str = "/password", name: str = "csrf") -> str:
        found = re.search(rf'name="{name}" value="([^"]+)"', self.client.get(on).text)
        assert found, f"{on} has no form"
        return found[1]

    def check(
        self, content: str | bytes, name: str = "roster.csv", **fields: str
    ) -> httpx.Response:
        """Upload a file as the import page does."""
        form = self.client.get("/import").text
        tokens = dict(re.findall(r'name="(csrf|token)" value="([^"]+)"', form))
        data = tokens | {"format": "ptdirect"} | fields
        body = content.encode() if isinstance(content, str) else content
        self.page = self.client.post(
            "/check", data=data, files={"file": (name, body, "text/csv")}, follow_redirects=True
        )
        return self.page

    @property
    def path(self) -> str:
        assert self.page is not None
        return self.page.url.path


@pytest.fixture
def browse(portal) -> Iterator[Callable[..., Browser]]:
    """Opens browsers; `browse("importer@clinic.test")` has signed in.

    `at` is the address that it comes from: one of 127.0.0.0/8, which all belong to this machine.
    """
    clients: list[httpx.Client] = []

    def open_browser(
        name: str | None = None, password: str = PASSWORD, *, at: str = "127.0.0.1"
    ) -> Browser:
        there = httpx.HTTPTransport(local_address=at)
        clients.append(
            httpx.Client(
                base_url=portal.api_url,
                timeout=30,
                transport=there,
                headers={"accept": "text/html"},
            )
        )
        browser = Browser(clients[-1])
        if name is not None:
            answer = clients[-1].post("/sign-in", data={"name": name, "password": password})
            assert answer.status_code == 303, answer.text
        return browser

    yield open_browser
    for client in clients:
        client.close()


def run_all(settings: Settings) -> list[Imported]:
    """Do what sensor and run do, without Dagster: claim the imports that wait, run their stages."""
    with connect(settings) as connection:
        claimed = [
            each
            for batch in take_up_due(connection, limit=50, cadence="on_arrival")
            for each in batch
        ]
        done = [process(settings, connection, each) for each in claimed]
        connection.commit()
    return done


@pytest.fixture
def run(portal) -> Callable[[], list[Imported]]:
    return lambda: run_all(portal)
