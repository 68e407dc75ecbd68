"""A whole night of marked values through live services: none is in their metrics or traces.

Neither is a name of a file, an account, a user or a facility.
"""

import asyncio
import os
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from uuid import uuid4

import asyncssh
import httpx
import pytest

from gateway.passwords import hash_password
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import add_account, add_facility
from registry.accounts.api_keys import add_key
from registry.accounts.sftp_users import add_user, set_password_hash
from registry.database.connections import connect, database_url
from registry.landing.drop_folder import PENDING
from registry.ledger.imports import list_imports
from registry.migrations import migrate
from registry.settings import Settings
from tests.cli.homes import ROSTERLINE
from tests.files import care
from tests.otlp import receiving_traces
from tests.ports import free_port
from tests.scraping import metrics_text, parsed
from tests.waiting import eventually

pytestmark = pytest.mark.slow

CANARY = "qzxk"
"""A part of every value and every name; no word of the code contains it."""
FORMS = (CANARY, CANARY.upper(), CANARY.title(), "5550177", "555-0177", "1933-03-07")
START_SECONDS = 300
PASSWORD = "a long password of qzxk"
SERVICES = {
    "api": "gateway.api",
    "sftp": "gateway.sftp",
    "intake": "cli.services.intake",
    "patient-calls": "cli.services.patient_calls",
}
PERSON = {
    "first": "Qzxkfirst", "last": "Qzxklast", "born": "1933-03-07", "gender": "F", "ehr": "qzxk-1",
    "phone": "212-555-0177", "email": "qzxk@example.org", "street": "1 Qzxk Street",
}  # fmt: skip
ROSTER = (
    "firstName,lastName,dob,gender,addressLine1,city,state,zip\n"
    "Qzxkada,Sample,1933-03-07,F,1 Qzxk St,Boston,MA,02101\n"
    "Qzxkben,Sample,qzxk,M,2 Main St,Boston,MA,02102\n"
)
PATIENT = {
    "firstName": "Qzxkcall",
    "lastName": "Sample",
    "dob": "1933-03-07",
    "genderAtBirth": "F",
    "address": {"addressLine1": "1 Qzxk St", "city": "Boston", "state": "MA", "zip": "02101"},
}


@contextmanager
def live(settings, traces):
    """The services, each in a process and with a port of its own; settings by service."""
    plain = {k: v for k, v in os.environ.items() if not k.startswith("OTEL_")}
    with ExitStack() as stack:
        own = {}
        for name, module in SERVICES.items():
            own[name] = settings.model_copy(update={"metrics_port": free_port()})
            process = subprocess.Popen(
                [sys.executable, "-W", "ignore", "-m", module],
                env=plain
                | dagster_environment(own[name])
                | {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url, "OTEL_BSP_SCHEDULE_DELAY": "200"},
            )
            stack.callback(process.wait, START_SECONDS)
            stack.callback(process.terminate)
        for each in own.values():
            eventually(lambda each=each: _listens(each), START_SECONDS)
        eventually(lambda: _answers(settings), START_SECONDS)
        yield own


def _listens(settings):
    try:
        return metrics_text(settings)
    except httpx.HTTPError:
        return None


def _answers(settings):
    try:
        return httpx.get(f"{settings.api_url}/health").status_code == 200
    except httpx.HTTPError:
        return None


@pytest.fixture
def home(embedded):
    settings = Settings(
        home=embedded.home,
        database_url=database_url(embedded),
        http_port=free_port(),
        sftp_port=free_port(),
        drop_quiet_seconds=0.0,
    )
    migrate(settings)
    return settings


@pytest.fixture
def accounts(home):
    """A clinic that uses SFTP and one that calls the API, and the latter's key."""
    with connect(home) as connection:
        clinic = add_account(connection, "qzxk-clinic", "thoroughcare", cadence="on_arrival")
        harbor = add_account(connection, "qzxk-harbor", "metriport", cadence="on_arrival")
        add_facility(connection, harbor, "Qzxk Facility")
        _, key = add_key(connection, harbor, "qzxk key", "full", datetime.now(UTC))
        user = add_user(connection, clinic, "qzxk-user")
        set_password_hash(connection, user, hash_password(PASSWORD))
    return clinic, harbor, key


def send_by_sftp(settings, name, content, password=PASSWORD):
    async def send():
        async with (
            asyncssh.connect(
                "127.0.0.1", settings.sftp_port, username="qzxk-user", password=password,
                known_hosts=None, client_keys=None, agent_path=None, config=None,
            ) as connection,
            connection.start_sftp_client() as client,
            client.open(f"{PENDING}/{name}", "wb") as file,
        ):  # fmt: skip
            await file.write(content)

    asyncio.run(send())


def rosterline(settings, traces, *arguments):
    program = [ROSTERLINE, *arguments]
    environment = os.environ | settings.as_environment()
    environment |= {"OTEL_EXPORTER_OTLP_ENDPOINT": traces.url}
    ran = subprocess.run(program, env=environment, capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr


def night(settings, own, accounts, traces):
    """Files by each door, good and bad; requests that no route has; a run over all of them."""
    _, _, key = accounts
    with httpx.Client(base_url=settings.api_url, headers={"x-api-key": key}, timeout=60) as client:
        # On a busy machine the answer is that it waits; it is imported nevertheless.
        client.post("/medical/v1/patient", json=PATIENT)
        eventually(lambda: _states(settings) == ["completed"], START_SECONDS)
        assert "Qzxkcall" in client.get("/medical/v1/patient").text
        client.get(f"/medical/v1/patient/{uuid4()}")
        client.get("/medical/v1/patient", params={"fullTextSearchFilters": "Qzxkcall"})
        client.get("/qzxk/Qzxkfirst", headers={"traceparent": "qzxk", "tracestate": "qzxk=qzxk"})
        client.request("QZXK", "/medical/v1/patient/qzxk")
        client.get("/patients", params={"q": "Qzxklast"})
        client.post("/sign-in", data={"name": "qzxk", "password": "qzxk"})
        started = client.post("/medical/v1/patient/bulk").json()
        assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200
    send_by_sftp(own["sftp"], "qzxk.csv", care(PERSON, {**PERSON, "born": "qzxk"}).encode())
    send_by_sftp(own["sftp"], "Qzxk broken.csv", b"qzxk,qzxk\n")
    with pytest.raises(asyncssh.PermissionDenied):
        send_by_sftp(own["sftp"], "x.csv", b"", password="qzxk wrong")
    eventually(lambda: _waiting(settings) == 3, START_SECONDS)
    rosterline(settings, traces, "process-pending")
    eventually(lambda: _waiting(settings) == 0, START_SECONDS)


def _states(settings):
    with connect(settings) as connection:
        return sorted(each.state for each in list_imports(connection))


def _waiting(settings):
    return sum(state in ("waiting", "processing") for state in _states(settings))


def test_a_night_leaves_no_value_and_no_name_in_metrics_or_traces(home, accounts):
    with receiving_traces() as traces, live(home, traces) as own:
        night(home, own, accounts, traces)
        eventually(
            lambda: {"api", "sftp", "run", "patient-calls"} <= _senders(traces), START_SECONDS
        )
        eventually(lambda: _rows_with_errors(own["intake"]) >= 2)  # they are looked at now and then
        texts = {name: metrics_text(each) for name, each in own.items()}
    found = {name: parsed(text) for name, text in texts.items()}

    # What shall be there is there, so that the search below has something to search.
    assert found["intake"]["rosterline_imports_last_day"][(("state", "failed"),)] == 1
    assert found["sftp"]["rosterline_sftp_uploads_total"][(("outcome", "ok"),)] == 2
    assert found["sftp"]["rosterline_sftp_sign_ins_total"][(("outcome", "failed"),)] >= 1
    assert found["sftp"]["rosterline_sftp_connections"][()] == 0
    requests = found["api"]["rosterline_http_request_seconds_count"]
    routes = {dict(labels)["route"] for labels in requests}
    assert {"/medical/v1/patient/{patient_id:uuid}", "no route"} <= routes
    assert "staged_patients" in str(found["patient-calls"]["rosterline_stage_seconds_count"])
    stages = {"landed_files", "staged_patients", "matched_patients", "patients", "result_files"}
    assert stages <= {each.name for each in traces.spans if each.service == "rosterline-run"}
    assert traces.named("sftp upload")

    everything = {**texts, "traces": "\n".join(traces.bodies)}
    leaks = {
        place: [line for line in text.splitlines() if any(form in line for form in FORMS)]
        for place, text in everything.items()
    }
    assert leaks == {place: [] for place in everything}
    assert all(".csv" not in text for text in everything.values())


def _rows_with_errors(settings):
    rows = parsed(metrics_text(settings))["rosterline_rows_last_day"]
    return rows[(("outcome", "errored"),)]


def _senders(traces):
    return {each.service.removeprefix("rosterline-") for each in traces.spans}
