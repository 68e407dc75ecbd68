"""The API as a process of its own, started as by a supervisor, and killed."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager

import httpx
import pytest

from gateway.http.signing_key import FILE_NAME
from tests.gateway.api.conftest import ROSTER, calling, import_all
from tests.ports import free_port
from tests.waiting import eventually

pytestmark = pytest.mark.slow
BULK = "/medical/v1/patient/bulk"


@contextmanager
def process(settings):
    """`python -m gateway.api`, once it answers."""
    with subprocess.Popen(
        [sys.executable, "-W", "ignore", "-m", "gateway.api"],
        env={**os.environ, **settings.as_environment()},
        stderr=subprocess.DEVNULL,
    ) as running:
        try:
            eventually(lambda: answers(settings))
            yield running
        finally:
            running.terminate()


def answers(settings):
    try:
        return httpx.get(f"{settings.api_url}/health").status_code == 200
    except httpx.HTTPError:
        return False


@pytest.fixture
def settings_of_process(database):
    return database.model_copy(update={"http_port": free_port()})


def test_a_kill_during_an_upload_loses_nothing_and_links_stay_valid(
    settings_of_process, connection, account
):
    settings = settings_of_process
    with calling(settings, connection, account) as client:
        with process(settings) as running:
            answer = client.post(BULK)
            assert answer.status_code == 200, answer.text
            started = answer.json()

            def cut_off():
                yield ROSTER[:50].encode()
                eventually(lambda: list(settings.incoming_dir.glob("*")))
                running.send_signal(signal.SIGKILL)
                running.wait()
                yield ROSTER[50:].encode()

            with pytest.raises(httpx.HTTPError):
                httpx.put(started["uploadUrl"], content=cut_off())
        with process(settings):
            found = client.get(f"{BULK}/{started['requestId']}").json()
            assert found["status"] == "waiting"
            assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200
            assert [each.outcomes for each in import_all(settings)] == [["created", "created"]]
            found = client.get(f"{BULK}/{started['requestId']}").json()
            assert httpx.get(found["result"]).status_code == 200


def test_it_ends_on_a_signal_and_keeps_its_secret_to_itself(settings_of_process):
    with process(settings_of_process) as running:
        running.send_signal(signal.SIGTERM)
        assert running.wait(15) in (0, -signal.SIGTERM)
    mode = (settings_of_process.home / FILE_NAME).stat().st_mode
    assert oct(mode & 0o777) == "0o600"
