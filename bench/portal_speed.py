"""How fast the portal's pages answer over a full ledger.

    python -m bench.portal_speed [--imports 1000] [--rows 900] [--large 100000] [--json]

Fills a new database with imports of one account, rows of the ledger (every tenth of them failed),
patients, and 10,000 pairs to review. Serves the portal and requests each page twenty times. Prints
the median and the slowest answer in milliseconds.
"""

import argparse
import json
import socket
import statistics
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from uuid import UUID

import httpx
import uvicorn
from psycopg import Connection

from gateway.passwords import hash_password, new_password
from gateway.web_application import create_web
from registry.accounts.accounts import Account, add_account
from registry.accounts.portal_users import add_user
from registry.database.connections import connect, stop_embedded
from registry.migrations import migrate
from registry.settings import Settings

_ROUNDS = 20
_NAME = "bench@clinic.example"

_IMPORTS = """
INSERT INTO import (id, account_id, format, source, file_name, sha256, byte_count, received_at,
    partition_key, state)
SELECT gen_random_uuid(), %(account)s, 'ptdirect', (ARRAY['sftp', 'api', 'portal'])[1 + n %% 3],
    'roster-' || n || '.csv', md5(n::text), 60000, now() - n * interval '1 hour',
    '2026-01-01_bench_' || lpad(n::text, 10, '0'),
    CASE WHEN n %% 20 = 1 THEN 'failed' ELSE 'completed' END
FROM generate_series(0, %(imports)s) n
"""
_ATTEMPTS = """
INSERT INTO attempt (import_id, number, state, started_at, finished_at, records, created, updated,
    unchanged, errored)
SELECT id, 1, 'finished', received_at, received_at + interval '9 seconds', r.rows, r.rows * 9 / 10,
    0, 0, r.rows / 10
FROM import, LATERAL (
    SELECT CASE WHEN file_name = 'roster-0.csv' THEN %(large)s ELSE %(rows)s END AS rows
) r
"""
_ROWS = """
INSERT INTO import_row (import_id, attempt, line, outcome, patient_id)
SELECT import_id, 1, line,
    CASE WHEN line %% 10 = 0 THEN 'errored' ELSE 'created' END::outcome,
    CASE WHEN line %% 10 > 0 THEN gen_random_uuid() END
FROM attempt, generate_series(1, records) line
"""
_ISSUES = """
INSERT INTO row_issue (import_id, attempt, line, ordinal, code, severity, column_name, message)
SELECT import_id, 1, line, 0, 'invalid_gender', 'error', 'Gender', 'Gender: x is not m or f'
FROM import_row WHERE outcome = 'errored'
"""
_PATIENTS = """
INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year, gender)
SELECT gen_random_uuid(), %(account)s, n, 'Ann' || n %% 977, 'Sample' || n, 1930 + n %% 90, 'F'
FROM generate_series(1, %(patients)s) n
"""
_PAIRS = """
INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt, line,
    weight, probability, evidence, created_at)
SELECT y.id, o.id, %(account)s, 'similar', i.id, 1, 1, 4 + y.n %% 600 / 10.0, 0.99,
    (SELECT jsonb_agg(jsonb_build_object('field', f, 'title', f, 'level', 'same', 'words',
        'the same', 'weight', length(f))) FROM unnest(ARRAY['first name', 'last name', 'birth date',
        'phone', 'e-mail', 'address', 'gender', 'zip code']) f), now() - y.n * interval '1 minute'
FROM (SELECT id, row_number() OVER () AS n FROM patient LIMIT 10000) y
JOIN (SELECT id, row_number() OVER () AS n FROM patient OFFSET 10000 LIMIT 10000) o
    ON o.n = y.n + 10000 JOIN (SELECT id FROM import LIMIT 1) i ON true
"""
_JUDGED = """
INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt, line,
    weight, state, judged_at, judged_by)
SELECT gen_random_uuid(), gen_random_uuid(), %(account)s, 'similar', gen_random_uuid(), 1, 1,
    4 + n %% 30, CASE WHEN n %% 9 > 0 THEN 'same' ELSE 'different' END, now(), 'bench'
FROM generate_series(1, 10000) n
"""


def measure(imports: int, rows: int, large: int, patients: int) -> dict[str, dict[str, float]]:
    """Milliseconds by page: `median` and `slowest`."""
    with tempfile.TemporaryDirectory(prefix="rosterline-bench-") as name:
        settings = Settings(home=Path(name))
        try:
            migrate(settings)
            with connect(settings) as connection:
                account = add_account(connection, "bench", "ptdirect")
                password = new_password()
                add_user(connection, account, _NAME, "admin", hash_password(password))
                newest = _fill(connection, account, imports, rows, large, patients)
                _write_failed_rows(settings, connection, newest, large)
                connection.commit()
                connection.autocommit = True
                connection.execute("VACUUM ANALYZE")
            with _serving(settings) as base, httpx.Client(base_url=base, timeout=60) as client:
                client.post("/sign-in", data={"name": _NAME, "password": password})
                return {label: _timed(client, *how) for label, how in _pages(newest, large).items()}
        finally:
            stop_embedded(settings)


def _fill(
    connection: Connection, account: Account, imports: int, rows: int, large: int, patients: int
) -> UUID:
    values = {"account": account.id, "imports": imports, "rows": rows, "large": large,
              "patients": patients}  # fmt: skip
    for statement in (_IMPORTS, _ATTEMPTS, _ROWS, _ISSUES, _PATIENTS, _PAIRS, _JUDGED):
        connection.execute(statement.encode(), values)
    row = connection.execute("SELECT id FROM import WHERE file_name = 'roster-0.csv'").fetchone()
    if row is None:
        raise AssertionError("the newest import is there")
    newest: UUID = row[0]
    return newest


def _write_failed_rows(
    settings: Settings, connection: Connection, newest: UUID, large: int
) -> None:
    connection.execute(
        "INSERT INTO result_file (import_id, attempt, kind, account_id, name, sha256)"
        " SELECT id, 1, 'failed_rows', account_id, 'failed.csv', '' FROM import WHERE id = %s",
        (newest,),
    )
    folder = settings.results_dir / "2026-01-01_bench_0000000000"
    folder.mkdir(parents=True)
    lines = (f"C-{line},Ann,Sample,1977,x,,,,\n" for line in range(10, large + 1, 10))
    (folder / "failed.csv").write_text("".join(lines))


def _pages(newest: UUID, large: int) -> dict[str, tuple[str, str]]:
    middle = "/imports?after=" + "{middle}"
    return {
        "imports, first page": ("GET", "/imports"),
        "imports, older page": ("GET", middle),
        "imports, by state and name": ("GET", "/imports?state=failed&q=roster-9"),
        "rows, first page": ("GET", f"/imports/{newest}?show=all"),
        "rows, last page": ("GET", f"/imports/{newest}?show=all&after={large - 30}"),
        "failed rows, first page": ("GET", f"/imports/{newest}?show=errored"),
        "failed rows, last page": ("GET", f"/imports/{newest}?show=errored&after={large - 300}"),
        "rows of no kind": ("GET", f"/imports/{newest}?show=warnings"),
        "review queue": ("GET", "/review"),
        "review queue, likely pairs": ("GET", "/review?band=likely"),
        "a pair of the queue": ("GET", "{pair}"),
        "pairs from a score counted": ("GET", "/review/bulk?score=15"),
        "chart of 10,000 judged pairs": ("GET", "/review/scores"),
        "a decision, with the next pair": ("POST", "{decision}"),
        "patients by name": ("POST", "sample4711"),
        "patients by two words": ("POST", "ann97 1977"),
    }


def _timed(client: httpx.Client, method: str, target: str) -> dict[str, float]:
    token = client.get("/password").text.split('name="csrf" value="')[1].split('"')[0]
    if "{middle}" in target:
        first = client.get("/imports").text
        target = first.split('rel="next" href="')[1].split('"')[0].replace("&amp;", "&")
    if target == "{pair}":
        target = _first_pair(client)
    taken = []
    for _ in range(_ROUNDS):
        act = f"{_first_pair(client)}/different" if target == "{decision}" else ""
        began = time.perf_counter()
        if act:
            answer = client.post(act, data={"csrf": token}, follow_redirects=True)
        elif method == "GET":
            answer = client.get(target)
        else:
            answer = client.post("/patients", data={"csrf": token, "text": target})
        taken.append(1000 * (time.perf_counter() - began))
        answer.raise_for_status()
    return {"median": round(statistics.median(taken), 1), "slowest": round(max(taken), 1)}


def _first_pair(client: httpx.Client) -> str:
    return client.get("/review").text.split('class="strong" href="')[1].split('"')[0]


@contextmanager
def _serving(settings: Settings) -> Iterator[str]:
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
        config = uvicorn.Config(create_web(settings), log_config=None, access_log=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, args=([listener],))
        thread.start()
        try:
            while not server.started and thread.is_alive():
                time.sleep(0.05)
            yield f"http://127.0.0.1:{port}"
        finally:
            server.should_exit = True
            thread.join()


def main(arguments: Sequence[str] | None = None) -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--imports", type=int, default=1000)
    parser.add_argument("--rows", type=int, default=900, help="of each import but the newest")
    parser.add_argument("--large", type=int, default=100_000, help="rows of the newest import")
    parser.add_argument("--patients", type=int, default=1_000_000)
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args(arguments)
    found = measure(given.imports, given.rows, given.large, given.patients)
    if given.json:
        print(json.dumps(found))  # noqa: T201 - it is a command
        return
    for label, times in found.items():
        print(f"{label:28} {times['median']:8.1f} ms  slowest {times['slowest']:8.1f} ms")  # noqa: T201


if __name__ == "__main__":
    main()
