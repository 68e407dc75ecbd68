"""The HTTP API over a fresh, temporary home, with an account and its key, for measurements."""

import json
import os
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil

ACCOUNT = "bench"
BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"
_COMMAND = str(Path(sys.executable).with_name("rosterline"))
_START_SECONDS = 120.0
_ANY_NUMBER = str(10**9)


@dataclass(frozen=True)
class Service:
    """The address of the API, a key of full scope, and the environment of its home."""

    url: str
    key: str
    environment: dict[str, str]

    @property
    def home(self) -> Path:
        """The folder that holds everything."""
        return Path(self.environment["ROSTERLINE_HOME"])

    @property
    def process(self) -> psutil.Process:
        """The process that listens on the API's port."""
        port = int(self.environment["ROSTERLINE_HTTP_PORT"])
        return next(
            psutil.Process(each.pid)
            for each in psutil.net_connections("tcp")
            if each.laddr and each.laddr.port == port and each.status == psutil.CONN_LISTEN
        )

    def client(self) -> httpx.Client:
        """A client with the key; close it after use."""
        return httpx.Client(base_url=self.url, headers={"x-api-key": self.key}, timeout=60)

    def rosterline(self, *arguments: str) -> Any:  # noqa: ANN401 - what a command says as JSON
        """Run a command with `--json` in this home and return what it says."""
        command = [_COMMAND, *arguments, "--json"]
        ran = subprocess.run(command, env=self.environment, check=True, stdout=subprocess.PIPE)
        return json.loads(ran.stdout)


@contextmanager
def api_alone() -> Iterator[Service]:
    """Run the API's process as `rosterline up` starts it, without the services of imports."""
    with _home() as service:
        command = [sys.executable, "-m", "gateway.api"]
        log = (service.home / "api.log").open("wb")
        with log, subprocess.Popen(command, env=service.environment, stderr=log) as process:
            try:
                _wait(service)
                yield service
            finally:
                process.terminate()


@contextmanager
def calls_worked_off(service: Service) -> Iterator[None]:
    """Run the service that works off calls about one patient, beside the API."""
    command = [sys.executable, "-m", "cli.services.patient_calls"]
    log = (service.home / "patient-calls.log").open("wb")
    with log, subprocess.Popen(command, env=service.environment, stderr=log) as process:
        try:
            yield
        finally:
            process.terminate()


@contextmanager
def all_services() -> Iterator[Service]:
    """Run everything that `rosterline up` starts."""
    with _home() as service:
        subprocess.run([_COMMAND, "up"], env=service.environment, check=True, stdout=sys.stderr)
        yield service


@contextmanager
def _home() -> Iterator[Service]:
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home = Path(folder) / "home"
        home.mkdir()
        ports = {door: _free_port() for door in ("WEBSERVER", "SFTP", "HTTP")}
        environment = os.environ | {
            "ROSTERLINE_HOME": str(home),
            "ROSTERLINE_REQUESTS_PER_MINUTE": _ANY_NUMBER,
            "ROSTERLINE_WEBHOOK_PRIVATE_TARGETS": "true",
            **{f"ROSTERLINE_{door}_PORT": str(port) for door, port in ports.items()},
        }
        environment.pop("ROSTERLINE_DATABASE_URL", None)
        url = f"http://127.0.0.1:{ports['HTTP']}"
        service = Service(url, "", environment)
        try:
            how = ("--format", "metriport", "--cadence", "on_arrival")
            service.rosterline("account", "add", ACCOUNT, *how)
            service.rosterline("facility", "add", "Bench Clinic", "--account", ACCOUNT)
            key = service.rosterline("key", "add", "bench", "--account", ACCOUNT)["key"]
            yield Service(url, key, environment)
        finally:
            down = [_COMMAND, "down"]
            subprocess.run(down, env=environment, check=True, stdout=sys.stderr)


def _wait(service: Service) -> None:
    deadline = time.monotonic() + _START_SECONDS
    while True:
        try:
            httpx.get(f"{service.url}/health").raise_for_status()
        except httpx.HTTPError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.1)
        else:
            return


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
