"""A real server on a free port, an account with a key, and a receiver of webhooks."""

import json
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import httpx
import pytest

from cli.services.patient_calls import serve
from gateway.api.app import create_app
from registry.accounts.accounts import add_account, add_facility
from registry.accounts.api_keys import add_key
from registry.database.connections import connect
from registry.settings import Settings
from tests.gateway.serving import served
from tests.importing import Imported, process
from tests.taking_up import take_up_due

HEADER = "firstName,lastName,dob,gender,addressLine1,city,state,zip\n"
ROWS = (
    "Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101\n"
    "Ben,Sample,1970-02-01,M,2 Main St,Boston,MA,02102\n"
)
ROSTER = HEADER + ROWS


def serving(settings: Settings, **changes: object) -> AbstractContextManager[Settings]:
    """Serve the HTTP API; gives the settings with its address."""
    return served(create_app, settings, **changes)


@pytest.fixture
def api(database: Settings) -> Iterator[Settings]:
    with serving(database, webhook_private_targets=True) as own:
        yield own


@pytest.fixture
def account(connection):
    added = add_account(connection, "harbor", "metriport", cadence="on_arrival")
    add_facility(connection, added, "Harbor Clinic")
    connection.commit()
    return added


@contextmanager
def calling(settings: Settings, connection, account, scope="full") -> Iterator[httpx.Client]:
    """A client with a key of its own."""
    _, secret = add_key(connection, account, f"key {scope}", scope, datetime.now(UTC))
    connection.commit()
    with httpx.Client(
        base_url=settings.api_url, headers={"x-api-key": secret}, timeout=30
    ) as client:
        yield client


@pytest.fixture
def client(api, connection, account) -> Iterator[httpx.Client]:
    with calling(api, connection, account) as own:
        yield own


@pytest.fixture
def other(api, connection) -> Iterator[httpx.Client]:
    """A client of another account."""
    bay = add_account(connection, "bay", "metriport", cadence="on_arrival")
    add_facility(connection, bay, "Bay Clinic")
    with calling(api, connection, bay) as own:
        yield own


@contextmanager
def working_off(settings: Settings) -> Iterator[None]:
    """The service that works off calls about one patient, as `rosterline up` starts it."""
    over = threading.Event()
    service = threading.Thread(target=serve, args=(settings, over))
    service.start()
    try:
        yield
    finally:
        over.set()
        service.join(30)
        assert not service.is_alive()


@pytest.fixture
def calls(api) -> Iterator[None]:
    """The service of calls about one patient runs."""
    with working_off(api):
        yield


def import_all(settings: Settings) -> list[Imported]:
    """What the on-arrival sensor does, without Dagster."""
    with connect(settings) as connection:
        claimed = [each for batch in take_up_due(connection, limit=50) for each in batch]
        done = [process(settings, connection, each) for each in claimed]
        connection.commit()
    return done


def send(client: httpx.Client, content: str | bytes = ROSTER, **asked: object) -> dict[str, str]:
    """Ask for a bulk create and upload a file to it."""
    started = client.post("/medical/v1/patient/bulk", params=asked)
    assert started.status_code == 200, started.text
    answer = httpx.put(started.json()["uploadUrl"], content=content)
    assert answer.status_code == 200, answer.text
    return started.json()


@dataclass
class Received:
    """A webhook as it came."""

    headers: dict[str, str]
    body: bytes

    @property
    def said(self) -> dict:
        return json.loads(self.body)


@dataclass
class Receiver:
    """A receiver of webhooks; `status` and `delay` are what it answers with next."""

    url: str = ""
    received: list[Received] = field(default_factory=list)
    status: int = 200
    delay: float = 0
    location: str = ""
    pong: bool = True

    def statuses(self) -> list[str]:
        return [
            each.said["bulkPatientCreate"]["status"]
            for each in self.received
            if "bulkPatientCreate" in each.said
        ]


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving(Receiver()) as own:
        yield own


@contextmanager
def receiving(own: Receiver) -> Iterator[Receiver]:
    """Receive webhooks on a free port."""

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            own.received.append(Received({k.lower(): v for k, v in self.headers.items()}, body))
            time.sleep(own.delay)
            self.send_response(own.status)
            if own.location:
                self.send_header("location", own.location)
            self.end_headers()
            word = json.loads(body).get("ping")
            with suppress(BrokenPipeError):  # a client that gave up has closed the connection
                self.wfile.write(json.dumps({"pong": word if own.pong else "?"}).encode())

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    own.url = f"http://127.0.0.1:{server.server_port}/hook"
    try:
        yield own
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
