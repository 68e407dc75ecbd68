"""How long the server takes for the portal's pages over a million patients.

    python -m bench.portal_speed [--patients 1000000] [--rows 100000] [--home FOLDER] [--json]

Makes the registry of `bench/portal_stock.py`, serves the portal over it and asks for each page,
signed in as an administrator: twice to warm up, then nine times. A line has the median and the
slowest time from the request to the last byte of the answer, as the server sees it, and the
processor time of the server and PostgreSQL for an answer. With `--home` the registry stays there
for the next time.
"""

import argparse
import json
import os
import re
import socket
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path

import httpx
import uvicorn
from starlette.types import ASGIApp, Receive, Scope, Send

from bench.compare.server import spent
from bench.home import in_a_home
from bench.portal_stock import GROUP, USER, WIDTH, Stock, kept_stock
from gateway.web_application import create_web
from registry.database.embedded_server import find_postmaster
from registry.settings import Settings

ROUNDS = 9
WARM = 2

Ask = Callable[[httpx.Client], httpx.Response]


@dataclass(frozen=True)
class Measured:
    """A page: milliseconds until the whole answer, and of processors for one answer."""

    page: str
    median: float
    slowest: float
    processor: float


class Timed:
    """The application with a clock, which keeps the seconds of the last answer."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app
        self.seconds = 0.0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, and stop the clock when all of the answer is sent."""
        began = time.perf_counter()
        await self._app(scope, receive, send)
        if scope["type"] == "http":
            self.seconds = time.perf_counter() - began


def measure(home: Path, rows: int, patients: int, imports: int, only: str) -> list[Measured]:
    """Measure the pages whose names match `only`; the registry is made unless it is there."""
    with in_a_home(home) as rosterline:
        settings = Settings(home=home, database_url=None)
        stock = kept_stock(settings, rosterline, rows, patients, imports)
        with (
            _serving(settings) as (base, clock),
            httpx.Client(base_url=base, timeout=120) as client,
        ):
            client.post("/sign-in", data={"name": USER, "password": stock.password})
            return [
                _measured(settings, clock, client, page, ask)
                for page, ask in _pages(client, stock).items()
                if re.search(only, page)
            ]


def _measured(
    settings: Settings, clock: Timed, client: httpx.Client, page: str, ask: Ask
) -> Measured:
    for _ in range(WARM):
        ask(client)
    before, taken = _processor_seconds(settings), []
    for _ in range(ROUNDS):
        answer = ask(client)
        if answer.is_error:
            raise RuntimeError(f"{page}: {answer.status_code}")
        taken.append(1000 * clock.seconds)
    used = 1000 * (_processor_seconds(settings) - before) / ROUNDS
    found = Measured(page, round(statistics.median(taken), 1), round(max(taken), 1), round(used, 1))
    sys.stderr.write(f"{found}\n")
    return found


def _processor_seconds(settings: Settings) -> float:
    found = find_postmaster(settings)
    server = sum(map(spent, [found.process, *found.process.children()])) if found else 0.0
    return time.process_time() + server


def _pages(client: httpx.Client, stock: Stock) -> dict[str, Ask]:
    token = client.get("/password").text.split('name="csrf" value="')[1].split('"')[0]

    def get(path: str) -> Ask:
        return lambda browser: browser.get(path)

    def post(path: str, **form: str) -> Ask:
        return lambda browser: browser.post(path, data={"csrf": token} | form)

    def behind(path: str) -> str:
        """The page that follows."""
        found = re.search(r'rel="next" href="([^"#]+)', client.get(path).text)
        return found[1].replace("&amp;", "&") if found else path

    of_import = f"/imports/{stock.imported}"
    searches = {
        "last and first name": stock.name,
        "the beginning of a name": stock.name[:3],
        "a name and a year": f"{stock.name.split()[0]} {stock.birth_date[:4]}",
        "a birth date": stock.birth_date,
        "an identifier": stock.ehr_id,
        "an e-mail address": stock.email,
        "a phone number": stock.phone,
        "a client group": GROUP,
        "a text that nobody has": "qqqq",
    }
    filters = {
        "a client group": f"group={GROUP}",
        "a department": f"department={stock.department}",
        "a facility": f"facility={stock.facility}",
        "a cohort": f"cohort={stock.cohort}",
        "an import": f"import={stock.imported}",
        "changed in the last day": "days=1",
        "changed by SFTP": "source=sftp",
        "changed by hand": "source=person",
        "waiting for a decision": "state=review",
        "opted out": "state=opted_out",
        "deleted over the API": "state=withdrawn",
    }
    return {
        "desk": get("/desk"),
        "history": get("/imports"),
        "history, an older page": get(behind("/imports")),
        "history, by state and name": get("/imports?state=failed&q=roster-9"),
        **{
            f"patients, {said}": get(f"/patients{query}")
            for said, query in {
                "the newest": "",
                "by name": "?sort=name",
                "by name, backwards": "?sort=name&order=down",
                "by birth": "?sort=born",
                "by last change": "?sort=changed",
            }.items()
        },
        "patients, the newest, the next page": get(behind("/patients")),
        "patients, by name, the next page": get(behind("/patients?sort=name")),
        "patients, by last change, the next page": get(behind("/patients?sort=changed")),
        **{f"patients of: {said}": get(f"/patients?{query}") for said, query in filters.items()},
        **{
            f"patients of: {said}, by name": get(f"/patients?{query}&sort=name")
            for said, query in filters.items()
        },
        **{f"search for {said}": post("/patients", text=text) for said, text in searches.items()},
        "one patient": get(f"/patients/{stock.patient}"),
        "the same person as …": get(f"/patients/{stock.patient}/same-as"),
        "an import, its failed rows": get(of_import),
        "its grid, first page": get(f"{of_import}?show=all"),
        "its grid, last page": get(f"{of_import}?show=all&after={stock.rows - 30}"),
        "its grid, created rows": get(f"{of_import}?show=created"),
        "its grid, by a finding": get(f"{of_import}?show=all&code=not_a_date"),
        "its grid, by name": get(f"{of_import}?show=all&sort=name"),
        "its grid, by name, the next page": get(behind(f"{of_import}?show=all&sort=name")),
        "its grid, searched": post(f"{of_import}/rows", show="all", text=stock.name.split()[0]),
        "its failed rows, last page": get(f"{of_import}?show=errored&after={stock.rows - 300}"),
        "its failed rows to correct": get(f"{of_import}/correct"),
        "review queue": get("/review"),
        "review queue, likely pairs": get("/review?band=likely"),
        "a pair": lambda browser: browser.get(_first_pair(client)),
        "a decision about a pair": lambda browser: browser.post(
            f"{_first_pair(client)}/different", data={"csrf": token}
        ),
        "pairs from a score counted": get("/review/bulk?score=15"),
        "chart of scores": get("/review/scores"),
        f"columns of a file, {WIDTH} of them": get(f"/imports/{stock.to_map}/columns"),
    }


def _first_pair(client: httpx.Client) -> str:
    return client.get("/review").text.split('class="strong" href="')[1].split('"')[0]


@contextmanager
def _serving(settings: Settings) -> Iterator[tuple[str, Timed]]:
    timed = Timed(create_web(settings))
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(timed, log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}", timed
        finally:
            server.should_exit = True
            thread.join()


def table(found: Sequence[Measured]) -> str:
    """The pages as Markdown."""
    lines = [
        f"| {each.page} | {each.median:.0f} | {each.slowest:.0f} | {each.processor:.0f} |"
        for each in found
    ]
    head = ["| page | median ms | slowest ms | processor ms |", "| --- | ---: | ---: | ---: |"]
    return "\n".join([*head, *lines])


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure each page, and print a table, or JSON."""
    parser = argparse.ArgumentParser(
        prog="python -m bench.portal_speed",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--patients", type=int, default=1_000_000, help="about so many (1000000)")
    parser.add_argument("--rows", type=int, default=100_000, help="of the real import (100000)")
    parser.add_argument("--imports", type=int, default=1000, help="without rows, before (1000)")
    parser.add_argument("--home", type=Path, help="where the registry stays for the next time")
    parser.add_argument("--only", default="", help="pages whose names match this pattern")
    parser.add_argument("--json", action="store_true", help="print JSON for scripts")
    asked = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as folder:
        home = asked.home or Path(folder)
        home.mkdir(parents=True, exist_ok=True)
        found = measure(home.resolve(), asked.rows, asked.patients, asked.imports, asked.only)
    load = os.getloadavg()[0]
    said = (
        json.dumps({"load": load, "pages": [asdict(each) for each in found]})
        if asked.json
        else f"{table(found)}\n\nload {load:.1f}"
    )
    sys.stdout.write(f"{said}\n")


if __name__ == "__main__":
    main()
