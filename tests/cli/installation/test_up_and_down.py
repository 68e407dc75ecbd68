"""The installation as a whole: what `make run` does, and everything that then runs.

One long test, because starting everything takes longer than all its assertions.
"""

import json
import os
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import httpx
import psutil
import pytest

from cli.installation.dagster_link import dagster_link
from cli.services import background
from cli.services.dagster_webserver import ask
from cli.services.programs import GATEWAY_ADDRESS, OWNER_ADDRESS, RUNS_ADDRESS
from pipelines.process_environment import dagster_environment
from registry.accounts.accounts import get_account
from registry.processes import wait_until_gone
from tests.waiting import eventually

SERVICES = [
    "supervisor",
    "sftp",
    "api",
    "patient-calls",
    "intake",
    "daemon",
    "runs",
    "webserver",
    "marts",
    "code",
]


@pytest.fixture
def own(home):
    """A home with ports of its own, whose services are stopped at the end."""
    yield home
    background.stop(home)


def every_service_answers(own, addresses):
    running = {each.name: each for each in background.status(own)}
    assert {each.running for each in running.values()} == {True}
    assert {name: each.address for name, each in running.items() if each.address} == addresses
    with urllib.request.urlopen(f"{addresses['webserver']}/server_info") as reply:
        assert json.load(reply)["dagster_version"].startswith("1.13.")
    with urllib.request.urlopen(f"{addresses['api']}/health") as reply:
        assert json.load(reply) == {"status": "ok"}
    assert addresses["sftp"] == f"sftp://127.0.0.1:{own.sftp_port}"
    with socket.create_connection(("127.0.0.1", own.sftp_port)) as sftp:
        assert sftp.recv(64).startswith(b"SSH-2.0-Rosterline")


def the_dagster_ui_knows_who_asks(own, addresses):
    question = {"query": "{ version }"}
    assert httpx.post(f"{addresses['webserver']}/graphql", json=question).status_code == 403
    assert ask(own, question["query"])["version"].startswith("1.13.")
    with httpx.Client() as browser:
        browser.get(dagster_link(own))
        page = browser.get(f"{addresses['webserver']}/runs", headers={"Accept": "text/html"})
    assert '<div id="root">' in page.text


def the_daemon_works(own):
    environment = os.environ | dagster_environment(own)
    check = [str(Path(sys.executable).with_name("dagster-daemon")), "liveness-check"]
    eventually(
        lambda: not subprocess.run(check, env=environment, capture_output=True, check=False)
        .returncode,
        seconds=90,
    )  # fmt: skip
    assert "Traceback" not in background.log_file(own, "daemon").read_text()


def each_service_has_only_the_addresses_that_it_needs(own):
    owners, gateways, runs = OWNER_ADDRESS, GATEWAY_ADDRESS, RUNS_ADDRESS
    held = {
        each.name: {owners, gateways, runs} & psutil.Process(each.pid).environ().keys()
        for each in background.status(own)
    }
    of_runs = ("code", "daemon", "intake", "marts", "patient-calls", "runs")
    assert held == {
        "supervisor": {owners, gateways, runs},  # it starts the others again
        "webserver": {gateways, runs},
        "api": {gateways},
        "sftp": {gateways},
        **{name: {runs} for name in of_runs},
    }


def the_demonstration_shows_every_outcome(found):
    assert {each["state"] for each in found[:6]} == {"completed"}
    assert {each["state"] for each in found[6:9]} == {"failed"}
    assert {each["state"] for each in found[9:]} == {"completed"}
    assert all(each["counts"]["created"] > 0 for each in found[:6])
    assert [each["counts"]["created"] for each in found[9:]] == [12, 8]
    assert all(each["counts"]["updated"] > 0 for each in found[3:6])


@pytest.mark.slow
def test_up_shows_a_demonstration_and_down_leaves_nothing(own, command, connection):
    ran = command("up", "--demo", "--json")
    assert ran.returncode == 0, ran.stderr
    said = json.loads(ran.stdout)
    every_service_answers(own, said["addresses"])
    the_dagster_ui_knows_who_asks(own, said["addresses"])
    each_service_has_only_the_addresses_that_it_needs(own)
    the_demonstration_shows_every_outcome(said["demo"])
    assert get_account(connection, "sunrise-clinic").format == "thoroughcare"
    connection.rollback()
    the_daemon_works(own)

    # Again changes nothing, and the demonstration finds nobody new.
    running = background.status(own)
    assert said["addresses"]["webserver"] in command("up").stdout
    assert background.status(own) == running
    again = json.loads(command("demo", "--json").stdout)
    assert {each["counts"]["created"] for each in again} == {0}

    checks = {check["name"]: check for check in json.loads(command("doctor", "--json").stdout)}
    assert {check["level"] for check in checks.values()} == {"ok"}
    assert said["addresses"]["webserver"] in checks["webserver"]["found"]

    processes = [psutil.Process(each.pid) for each in running]
    below = [child for each in processes for child in each.children(recursive=True)]
    assert json.loads(command("down", "--json").stdout) == {"stopped": SERVICES}
    assert all(wait_until_gone(process, 0) for process in [*processes, *below])
    assert not any(each.running for each in background.status(own))
    assert command("down").stdout == "Nothing was running.\n"
