"""All services over PgBouncer in transaction mode: a file by each door, and a run of Dagster."""

import asyncio
import json
import os
import subprocess
import time
from datetime import UTC, datetime

import asyncssh
import httpx
import psycopg
import pytest

from gateway.passwords import hash_password
from registry.accounts.accounts import get_account
from registry.accounts.portal_sessions import open_session
from registry.accounts.portal_users import add_user
from registry.accounts.sftp_users import add_user as add_sender
from registry.accounts.sftp_users import set_password_hash
from registry.database.connections import connect
from registry.landing.drop_folder import PENDING
from registry.settings import Settings
from tests.cli.homes import ROSTERLINE, rosterline
from tests.clusters import bouncer, cluster, statistics
from tests.files import METRIPORT_HEADER, care, john, maria
from tests.ports import free_port

pytestmark = pytest.mark.slow

SECONDS = 300
PASSWORD = "a long pass phrase of the tests"
FILES = {
    "thoroughcare": care(maria(), john()),
    "metriport": f"{METRIPORT_HEADER}\nMaria,Lopez,1961-05-27,F,1 Main Street,Portland,ME,04101\n",
    "ptdirect": "C-1,Ada,Uno,1970,f\nC-2,Bob,Due,1980,m\n",
}


@pytest.fixture(scope="module")
def up(tmp_path_factory):
    """A home over PgBouncer whose services run, and PgBouncer."""
    ports = {f"{name}_port": free_port() for name in ("webserver", "sftp", "http")}
    with cluster() as server, bouncer(server) as pooler:
        own = Settings(
            home=tmp_path_factory.mktemp("home"),
            database_url=pooler.url(),
            database_direct_url=server.url(),
            **ports,
        )
        try:
            rosterline(own, "up")
            for name in FILES:
                rosterline(own, "account", "add", name, "--format", name, "--cadence", "on_arrival")
                rosterline(own, "facility", "add", "--account", name, "Main")
            with connect(own) as connection:
                sender = add_sender(connection, get_account(connection, "thoroughcare"), "sender")
                set_password_hash(connection, sender, hash_password(PASSWORD))
            yield own, pooler, server
        finally:
            rosterline(own, "down")


def until(happened):
    end = time.monotonic() + SECONDS
    while not (found := happened()):
        assert time.monotonic() < end
        time.sleep(1)
    return found


def test_doctor_finds_nothing_wrong_with_its_sessions(up):
    done = subprocess.run(
        [ROSTERLINE, "doctor", "--json"], env=_environment(up[0]), capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    levels = {each["name"]: each["level"] for each in json.loads(done.stdout)}
    assert levels["sessions"] == "ok"
    assert levels["months"] == "ok"


def test_a_file_of_each_format_is_imported_by_a_run_of_dagster(up):
    own, pooler, server = up
    before = statistics(pooler)
    sent = {name: (own.home / "drop" / name / PENDING / "roster.csv") for name in FILES}
    asyncio.run(_upload(own, FILES["thoroughcare"]))
    for name in FILES.keys() - {"thoroughcare"}:
        sent[name].write_text(FILES[name])
    with psycopg.connect(server.url(), autocommit=True) as direct:
        states = "SELECT state, count(*) FROM import WHERE source <> 'api' GROUP BY state"
        until(lambda: dict(direct.execute(states).fetchall()) == {"completed": 3})
        runs = direct.execute("SELECT run_id, source FROM attempt JOIN import ON id = import_id")
        found = {source: run_id for run_id, source in runs if source != "api"}
    assert found.keys() == {"sftp", "drop"}
    assert all(found.values())
    after = statistics(pooler)
    for database in ("rosterline", "dagster"):
        assert after[database] - before.get(database, 0) > 50, database


async def _upload(own, content):
    options = {"known_hosts": None, "client_keys": None, "agent_path": None, "config": None}
    async with (
        asyncssh.connect("127.0.0.1", own.sftp_port, username="sender", password=PASSWORD,
                         **options) as connection,
        connection.start_sftp_client() as client,
        client.open(f"{PENDING}/roster.csv", "w") as file,
    ):  # fmt: skip
        await file.write(content)


def test_calls_of_the_api_are_answered_and_a_patient_is_created_at_once(up):
    own = up[0]
    said = json.loads(rosterline(own, "key", "add", "test", "--account", "metriport", "--json"))
    with httpx.Client(base_url=f"http://127.0.0.1:{own.http_port}/medical/v1", timeout=60,
                      headers={"x-api-key": said["key"]}) as client:  # fmt: skip
        (facility,) = client.get("/facility").json()["incomplete"]  # it has no NPI
        patient = {
            "firstName": "Cy", "lastName": "Sample", "dob": "1961-04-02", "genderAtBirth": "M",
            "address": [{"addressLine1": "3 Main St", "city": "Boston", "state": "MA",
                         "zip": "02101"}],
        }  # fmt: skip
        made = client.post("/patient", json=patient, params={"facilityId": facility["id"]})
        assert made.status_code == 201, made.text
        assert client.get(f"/patient/{made.json()['id']}").json()["firstName"] == "Cy"


def test_pages_of_the_portal_are_answered(up):
    own = up[0]
    with connect(own) as connection:
        account = get_account(connection, "metriport")
        hashed = hash_password(PASSWORD)
        user = add_user(connection, account, "ann@clinic.test", "admin", hashed)
        cookie = open_session(connection, user, datetime.now(UTC))
    with httpx.Client(base_url=f"http://127.0.0.1:{own.http_port}", timeout=60,
                      cookies={"rosterline": cookie}) as client:  # fmt: skip
        for page in ("/imports", "/patients", "/review", "/admin/users"):
            found = client.get(page)
            assert found.status_code == 200, (page, found.text[:500])
        form = {"name": "nobody@clinic.test", "password": "wrong"}
        client.cookies.clear()
        assert client.post("/sign-in", data=form).status_code in {200, 401, 403}


def test_a_command_runs_an_import_and_undoes_it(up, tmp_path):
    own = up[0]
    path = tmp_path / "direct.csv"
    path.write_text("C-9,Eve,Tre,1990,f\n")
    said = json.loads(rosterline(own, "import", path, "--account", "ptdirect", "--json"))
    assert said["counts"]["created"] == 1
    key = said["partition_key"]
    undone = json.loads(rosterline(own, "undo", key, "--yes", "--json"))
    assert undone["removed"] == 1


def test_no_session_of_the_pooler_holds_a_lock(up):
    """All advisory locks are held by sessions that came past it."""
    with psycopg.connect(up[2].url(), autocommit=True) as direct:
        ports = {
            port
            for (port,) in direct.execute(
                "SELECT client_port FROM pg_stat_activity JOIN pg_locks USING (pid)"
                " WHERE locktype = 'advisory' AND pg_locks.granted"
            )
        }
    with psycopg.connect(up[1].url("pgbouncer"), autocommit=True, prepare_threshold=None) as admin:
        cursor = psycopg.ClientCursor(admin)
        rows = cursor.execute("SHOW SERVERS").fetchall()
        names = [column.name for column in cursor.description]
    own_ports = {int(row[names.index("local_port")]) for row in rows}
    assert ports
    assert not ports & own_ports


def _environment(own):
    return os.environ | own.as_environment()
