import json
import urllib.request

import pytest

from cli import services
from tests.ports import free_port


@pytest.fixture
def running(home, monkeypatch):
    """A home with ports of its own, whose services are stopped at the end."""
    ports = {"webserver_port": free_port(), "sftp_port": free_port(), "http_port": free_port()}
    for name, port in ports.items():
        monkeypatch.setenv(f"ROSTERLINE_{name.upper()}", str(port))
    yield home.model_copy(update=ports)
    services.stop(home)


@pytest.mark.slow
def test_up_starts_everything_and_down_stops_it(running, command):
    ran = command("up", "--json")
    assert ran.returncode == 0, ran.stderr
    address = json.loads(ran.stdout)["addresses"]["webserver"]
    with urllib.request.urlopen(f"{address}/server_info") as reply:
        assert reply.status == 200

    # Again changes nothing.
    assert address in command("up").stdout
    checks = {check["name"]: check for check in json.loads(command("doctor", "--json").stdout)}
    assert {check["level"] for check in checks.values()} == {"ok"}
    assert address in checks["webserver"]["found"]

    assert json.loads(command("down", "--json").stdout) == {
        "stopped": ["sftp", "api", "daemon", "webserver", "marts"]
    }
    assert command("down").stdout == "Nothing was running.\n"
    assert not any(each.running for each in services.status(running))
