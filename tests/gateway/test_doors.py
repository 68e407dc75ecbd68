"""Two processes of each door behind Debian's HAProxy, and one of each that ends under load."""

import asyncio
import os
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from gateway.passwords import hash_password
from registry.accounts.accounts import add_account, add_facility
from registry.accounts.portal_users import add_user
from registry.landing.drop_folder import PENDING
from tests.gateway.api.conftest import ROSTER, calling
from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.sessions import ADA
from tests.gateway.sftp.customers import customer, dial
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow

PROJECT = Path(__file__).parents[2]
CONFIG = PROJECT / "docs" / "tasks" / "haproxy.cfg"
PROGRAM = shutil.which("haproxy") or shutil.which("haproxy", path="/usr/sbin")
BULK = "/medical/v1/patient/bulk"
NOBODY = f"{BULK}/00000000-0000-7000-8000-000000000000"
NOTICE_SECONDS = 3.0
DRAIN_SECONDS = 20.0
SLOW_SECONDS = 6.0
"""How long a transfer of the tests takes: longer than the notice."""


class Door:
    """A process of a door, and its log."""

    def __init__(self, module, settings, log):
        self.settings, self.log = settings, log
        with log.open("wb") as written:
            self._process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", module],
                env=os.environ | settings.as_environment() | {"PYTHONPATH": str(PROJECT)},
                stdout=written,
                stderr=written,
            )

    def ask_to_end(self):
        self._process.send_signal(signal.SIGTERM)

    def end(self):
        """Seconds until it has ended."""
        began = time.monotonic()
        self._process.wait(60)
        return time.monotonic() - began

    def kill(self):
        self._process.kill()
        self._process.wait()


def status(port, page):
    try:
        return httpx.get(f"http://127.0.0.1:{port}/{page}").status_code
    except httpx.HTTPError:
        return None


@contextmanager
def haproxy(ports, folder):
    """HAProxy with the configuration of the documentation, on ports of the test."""
    text = CONFIG.read_text()
    assert set(re.findall(r":(\d+)|port (\d+)", text)) >= {("8080", ""), ("", "8091")}
    for documented, own in ports.items():
        text = re.sub(rf"\b{documented}\b", str(own), text)
    config = folder / "haproxy.cfg"
    config.write_text(text)
    checked = subprocess.run(
        [PROGRAM, "-c", "-f", config], capture_output=True, text=True, check=False
    )
    assert checked.returncode == 0, checked.stderr
    with subprocess.Popen([PROGRAM, "-f", config]) as running:
        try:
            yield
        finally:
            running.kill()


@pytest.fixture
def doors(database, tmp_path):
    """Settings by which clients reach the balancer, and the processes behind it."""
    if PROGRAM is None:
        pytest.skip("haproxy is not installed")
    ports = {each: free_port() for each in (8000, 8080, 8081, 2200, 2222, 2223, 8090, 8091)}
    shared = database.model_copy(
        update={
            "home": tmp_path / "home",
            "public_url": f"http://127.0.0.1:{ports[8000]}",
            "trusted_proxies": ("127.0.0.1",),
            "sftp_proxy_protocol": True,
            "drain_notice_seconds": NOTICE_SECONDS,
            "drain_seconds": DRAIN_SECONDS,
        }
    )
    shared.home.mkdir()
    with ExitStack() as stack:
        found = {}
        for name, module, changes in (
            ("api", "gateway.api", {"http_port": ports[8080]}),
            ("api-2", "gateway.api", {"http_port": ports[8081]}),
            ("sftp", "gateway.sftp", {"sftp_port": ports[2222], "sftp_health_port": ports[8090]}),
            ("sftp-2", "gateway.sftp", {"sftp_port": ports[2223], "sftp_health_port": ports[8091]}),
        ):
            own = shared.model_copy(update=changes)
            found[name] = Door(module, own, tmp_path / f"{name}.log")
            stack.callback(found[name].kill)
        for port in (8080, 8081, 8090, 8091):
            eventually(lambda: status(ports[port], "ready") == 200, 240)  # noqa: B023
        stack.enter_context(haproxy(ports, tmp_path))
        own = shared.model_copy(update={"sftp_port": ports[2200], "http_port": ports[8000]})
        eventually(lambda: status(ports[8000], "ready") == 200)
        yield own, found


@pytest.fixture
def account(connection):
    added = add_account(connection, "harbor", "metriport", cadence="on_arrival")
    add_facility(connection, added, "Harbor Clinic")
    connection.commit()
    return added


class Load:
    """Work that is done again and again beside the test; what failed is kept."""

    def __init__(self):
        self._over = threading.Event()
        self._threads = []
        self.done = []
        self.failed = []

    def add(self, work):
        thread = threading.Thread(target=self._repeat, args=(work,))
        self._threads.append(thread)
        thread.start()

    def _repeat(self, work):
        while not self._over.is_set():
            try:
                work()
            except (httpx.HTTPError, AssertionError, KeyError) as error:
                self.failed.append(error)
                return
            self.done.append(time.monotonic())

    def end(self):
        self._over.set()
        for each in self._threads:
            each.join(60)


def served(door):
    return door.log.read_text().count("request: ")


def slowly(text):
    """The bytes of a body that takes its time."""
    for start in range(0, len(text), len(text) // 6 + 1):
        yield text[start : start + len(text) // 6 + 1].encode()
        time.sleep(SLOW_SECONDS / 6)


def test_one_process_of_api_and_portal_ends_under_load_and_no_request_fails(
    doors, connection, account
):
    settings, found = doors
    with calling(settings, connection, account) as client:
        secret = client.headers["x-api-key"]

        def read():
            with httpx.Client(headers={"x-api-key": secret}, base_url=settings.api_url) as own:
                for _ in range(10):
                    assert own.get(NOBODY).status_code == 404
                    assert own.get("/sign-in").status_code == 200

        def upload():
            with httpx.Client(
                headers={"x-api-key": secret}, base_url=settings.api_url, timeout=30
            ) as own:
                begun = own.post(BULK).json()
                sent = httpx.put(begun["uploadUrl"], content=slowly(ROSTER), timeout=30)
                assert sent.status_code == 200, sent.text
                assert own.get(f"{BULK}/{begun['requestId']}").json()["status"] == "waiting"

        load = Load()
        for work in (read, read, upload, upload, upload):
            load.add(work)
        eventually(lambda: served(found["api"]) > 20 and served(found["api-2"]) > 20)
        found["api"].ask_to_end()
        eventually(lambda: status(found["api"].settings.http_port, "ready") == 503, NOTICE_SECONDS)
        assert status(found["api"].settings.http_port, "health") == 200
        took = found["api"].end()
        before = len(load.done)
        eventually(lambda: len(load.done) > before + 5)
        load.end()
    assert load.failed == []
    assert took < NOTICE_SECONDS + SLOW_SECONDS + 5
    assert "Traceback" not in found["api"].log.read_text()


def test_signed_in_at_one_process_one_may_act_at_the_other(doors, connection, account):
    settings, found = doors
    first, second = (found[name].settings.http_port for name in ("api", "api-2"))
    add_user(connection, account, ADA, "importer", hash_password(PASSWORD))
    connection.commit()
    form = {"name": ADA, "password": PASSWORD}
    with httpx.Client() as browser:  # it sends a host's cookies to all of its ports
        here, there = (f"http://127.0.0.1:{port}" for port in (first, second))
        signed_in = browser.post(f"{here}/sign-in", data=form, headers={"origin": here})
        assert signed_in.status_code == 303, signed_in.text
        page = browser.get(f"{there}/imports")
        assert page.status_code == 200
        (token,) = set(re.findall(r'name="csrf" value="([^"]+)"', page.text))
        form = {"csrf": token}
        left = browser.post(f"{there}/sign-out", data=form, headers={"origin": there})
        assert left.status_code == 303
        assert browser.get(f"{here}/imports").status_code == 303
    with calling(settings, connection, account) as client:
        begun = client.post(f"http://127.0.0.1:{first}{BULK}").json()
        link = begun["uploadUrl"].replace(settings.api_url, f"http://127.0.0.1:{second}")
        assert httpx.put(link, content=ROSTER).status_code == 200
        again = httpx.put(link.replace(str(second), str(first)), content=ROSTER)
        assert again.status_code == 409


def test_an_sftp_server_that_ends_finishes_the_transfer_and_the_other_goes_on(doors, connection):
    settings, found = doors
    acme = customer(connection, settings, "acme", "ada")
    with asyncio.Runner() as runner:
        clients = [dial(runner, settings, "ada") for _ in range(4)]
        keys = {each.connection.get_server_host_key().get_fingerprint() for each in clients}
        assert len(keys) == 1
        opened = [
            each.begin(f"{PENDING}/{number}.csv", b"x" * 1000)
            for number, each in enumerate(clients)
        ]
        began = time.monotonic()
        found["sftp"].ask_to_end()
        health = found["sftp"].settings.sftp_health_port
        eventually(lambda: status(health, "ready") == 503, NOTICE_SECONDS)
        for _ in range(3):
            newcomer = dial(runner, settings, "ada")
            newcomer.put_bytes(f"{PENDING}/new.csv", b"y")
            newcomer.close()
            time.sleep(2)
        assert time.monotonic() - began > NOTICE_SECONDS
        for client, file in zip(clients, opened, strict=True):
            client.run(file.write(b"z" * 1000, 1000))
            client.run(file.close())
        found["sftp"].end()
        assert time.monotonic() - began < NOTICE_SECONDS + DRAIN_SECONDS
        runner.run(asyncio.sleep(1))  # the clients read what came meanwhile
        ended = [each for each in clients if each.connection.is_closed()]
        assert 0 < len(ended) < len(clients)
        for client in clients:
            client.connection.abort()
    assert acme.names() == ["0.csv", "1.csv", "2.csv", "3.csv", "new.csv"]
    assert {event.refused for event in acme.events("upload")} == {False}
    addresses = {event.address for event in acme.events("sign_in")}
    assert addresses == {"127.0.0.1"}
    assert "Traceback" not in found["sftp"].log.read_text()


def test_a_process_that_cannot_work_is_not_ready_and_lives(doors):
    settings, found = doors
    port, health = found["api"].settings.http_port, found["sftp"].settings.sftp_health_port
    settings.home.rename(settings.home.with_name("away"))
    for each in (port, health):
        answer = httpx.get(f"http://127.0.0.1:{each}/ready")
        assert answer.status_code == 503
        assert answer.json() == {"status": "not ready", "lacks": ["storage"]}
        assert httpx.get(f"http://127.0.0.1:{each}/health").json() == {"status": "ok"}
    settings.home.with_name("away").rename(settings.home)
    for each in (port, health):
        assert httpx.get(f"http://127.0.0.1:{each}/ready").json() == {"status": "ready"}
