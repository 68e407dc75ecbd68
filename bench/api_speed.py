"""How fast the HTTP API is: requests a second, a large upload, and a roster from PUT to webhook.

    python -m bench.api_speed [post] [upload] [rosters] [--json]

Each measurement has a fresh home with an embedded PostgreSQL; without a name, all three are made.
`post` and `upload` run the API's process alone. `rosters` runs everything that `rosterline up`
starts, sensor and Dagster runs included; its time is the sender's, from the first byte of the file
to the webhook `completed`.
"""

import argparse
import json
import os
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import psutil

from bench.api_service import BULK, Service, all_services, api_alone
from bench.http_load import hammer
from synthetic.layouts import metriport_csv
from synthetic.people import people

CONNECTIONS = 16
SECONDS = 15.0
UPLOAD_MIB = 1023  # the API takes at most 1024
ROSTERS = (100, 100, 100_000, 100_000)
SEED = 7
_MIB = 2**20
_WAIT_SECONDS = 300.0

Figures = dict[str, float]


def post() -> Figures:
    """Measure bulk create requests per second, and the API's processor time for one."""
    with api_alone() as service:
        url, key = f"{service.url}{BULK}", service.key
        hammer(url, "POST", key, CONNECTIONS, 2.0)
        before, stolen = _processor_seconds(service), psutil.cpu_times()
        sent = hammer(url, "POST", key, CONNECTIONS, SECONDS)
        count = sum(sent.statuses.values())
        return {
            "POST a second": sent.per_second,
            "refused": count - sent.statuses.get(200, 0),
            "median ms": 1000 * sent.latency(50),
            "99 % within ms": 1000 * sent.latency(99),
            "processor ms of one": 1000 * (_processor_seconds(service) - before) / count,
            # Time that the host of a virtual machine gave to others; it is missing in the figures
            # above.
            "seconds stolen": psutil.cpu_times().steal - stolen.steal,
            "load of the machine": os.getloadavg()[0],
        }


def upload() -> Figures:
    """Upload nearly a gigabyte: seconds, and the API's resident memory before and at its peak."""
    with api_alone() as service, service.client() as client:
        for megabytes in (1, UPLOAD_MIB):
            link = client.post(BULK).json()["uploadUrl"]
            before = _memory(service, "VmRSS")
            began = time.perf_counter()
            httpx.put(link, content=_bytes(megabytes), timeout=600).raise_for_status()
            seconds = time.perf_counter() - began
        return {
            "MiB": UPLOAD_MIB,
            "seconds": seconds,
            "MiB a second": UPLOAD_MIB / seconds,
            "resident MiB before": before,
            "peak MiB": _memory(service, "VmHWM"),
            "load of the machine": os.getloadavg()[0],
        }


def rosters() -> list[Figures]:
    """Send rosters of new people one after the other; the first ones find cold services."""
    with all_services() as service, _receiver() as (url, arrived), service.client() as client:
        client.post("/settings", json={"webhookUrl": url}).raise_for_status()
        file, start, measured = service.home / "roster.csv", 0, []
        for rows in ROSTERS:
            metriport_csv(people(rows, SEED, start=start), file)
            start += rows
            measured.append({"rows": rows, **_sent(client, file, arrived)})
        return measured


def _sent(client: httpx.Client, file: Path, arrived: "Arrived") -> Figures:
    """Seconds from the first byte of a file to each webhook of it."""
    started = client.post(BULK).json()
    began = time.time()
    httpx.put(started["uploadUrl"], content=file.read_bytes(), timeout=60).raise_for_status()
    uploaded = time.time()
    moments = arrived.wait(started["requestId"])
    found = client.get(f"{BULK}/{started['requestId']}").json()
    if found["created"] != found["total"]:
        raise ValueError(f"not all rows are new: {found}")
    return {
        "uploaded": uploaded - began,
        "processing": moments["processing"] - began,
        "completed": moments["completed"] - began,
        "load of the machine": os.getloadavg()[0],
    }


class Arrived:
    """The time of each webhook, by request and status."""

    def __init__(self) -> None:
        self._moments: dict[str, dict[str, float]] = {}
        self._changed = threading.Condition()

    def note(self, request_id: str, status: str) -> None:
        """Record that a webhook came now."""
        with self._changed:
            self._moments.setdefault(request_id, {})[status] = time.time()
            self._changed.notify_all()

    def wait(self, request_id: str) -> dict[str, float]:
        """Wait for `completed` and return the times by status."""
        with self._changed:
            if not self._changed.wait_for(
                lambda: "completed" in self._moments.get(request_id, {}), _WAIT_SECONDS
            ):
                raise TimeoutError(f"no completed in time, only {self._moments}")
            return self._moments[request_id]


@contextmanager
def _receiver() -> Iterator[tuple[str, Arrived]]:
    arrived = Arrived()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["content-length"])))
            about = said.get("bulkPatientCreate")
            if about:
                arrived.note(about["requestId"], about["status"])
            self.send_response(200)
            self.end_headers()
            self.wfile.write(json.dumps({"pong": said.get("ping")}).encode())

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/", arrived
    finally:
        server.shutdown()
        server.server_close()


def _bytes(megabytes: int) -> Iterator[bytes]:
    row = b"Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101\n"
    block = row * (_MIB // len(row) + 1)
    return (block[:_MIB] for _ in range(megabytes))


def _processor_seconds(service: Service) -> float:
    times = service.process.cpu_times()
    return float(times.user + times.system)


def _memory(service: Service, name: str) -> float:
    lines = Path(f"/proc/{service.process.pid}/status").read_text().splitlines()
    line = next(line for line in lines if line.startswith(f"{name}:"))
    return int(line.split()[1]) / 1024


def _table(figures: Figures) -> str:
    return "".join(f"{name:>24}  {value:,.2f}\n" for name, value in figures.items())


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure, and print the figures as text or JSON."""
    benches: dict[str, Any] = {"post": post, "upload": upload, "rosters": rosters}
    parser = argparse.ArgumentParser(prog="python -m bench.api_speed", description=main.__doc__)
    parser.add_argument("names", nargs="*", help=f"of {', '.join(benches)}; all where none")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.names) - benches.keys():
        parser.error(f"no such bench: {', '.join(unknown)}")
    measured = {name: benches[name]() for name in asked.names or benches}
    if asked.json:
        sys.stdout.write(json.dumps(measured) + "\n")
        return
    for name, figures in measured.items():
        each = figures if isinstance(figures, list) else [figures]
        sys.stdout.write(f"{name}\n{chr(10).join(_table(one) for one in each)}\n")


if __name__ == "__main__":
    main()
