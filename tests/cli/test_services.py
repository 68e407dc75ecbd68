import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import psutil
import pytest

from cli import listening, services
from pipelines.environment import dagster_environment
from registry.processes import ProcessId, read_pid_file, wait_until_gone, write_pid_file
from schemas.errors import ServiceUnavailable
from tests.ports import free_port

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]


@pytest.fixture
def own(settings, tmp_path):
    """Settings of a home and a port of this test's own; what it started is stopped."""
    ports = {"webserver_port": free_port(), "sftp_port": free_port(), "http_port": free_port()}
    own = settings.model_copy(update={"home": tmp_path} | ports)
    yield own
    services.stop(own)


@pytest.fixture
def stranger():
    """A process that is none of ours."""
    with subprocess.Popen(SLEEPER) as process:
        yield process
        process.kill()


@pytest.mark.slow
class TestRealServices:
    def test_they_start_answer_work_and_stop_with_everything_below_them(self, own):
        addresses = services.start(own)
        with urllib.request.urlopen(f"{addresses['webserver']}/server_info") as reply:
            assert json.load(reply)["dagster_version"].startswith("1.13.")
        running = {each.name: each for each in services.status(own)}
        assert running["webserver"].running
        assert running["webserver"].address == addresses["webserver"]
        assert running["daemon"].running
        with socket.create_connection(("127.0.0.1", own.sftp_port)) as sftp:
            assert sftp.recv(64).startswith(b"SSH-2.0-Rosterline")
        assert running["sftp"].address == addresses["sftp"] == f"sftp://127.0.0.1:{own.sftp_port}"

        # Starting again changes nothing.
        assert services.start(own) == addresses
        assert {each.name: each for each in services.status(own)} == running

        # The daemon works, it does not only run.
        environment = os.environ | dagster_environment(own)
        check = [str(Path(sys.executable).with_name("dagster-daemon")), "liveness-check"]
        deadline = time.monotonic() + 90
        while subprocess.run(check, env=environment, capture_output=True, check=False).returncode:
            assert time.monotonic() < deadline, services.log_file(own, "daemon").read_text()
        assert "Traceback" not in services.log_file(own, "daemon").read_text()

        processes = [psutil.Process(each.pid) for each in running.values()]
        below = [child for each in processes for child in each.children(recursive=True)]
        assert services.stop(own) == ["sftp", "api", "daemon", "webserver", "marts"]
        assert all(wait_until_gone(process, 0) for process in [*processes, *below])
        assert not any(each.running for each in services.status(own))
        assert services.stop(own) == []

    def test_a_webserver_that_ends_at_once_is_reported_and_leaves_nothing(self, own, monkeypatch):
        monkeypatch.setenv("DAGSTER_WEBSERVER_LOG_LEVEL", "no such level")
        with pytest.raises(ServiceUnavailable, match="webserver ended") as caught:
            services.start(own)
        log = services.log_file(own, "webserver")
        assert str(log) in str(caught.value)
        assert "no such level" in log.read_text()
        assert not any(each.running for each in services.status(own))


class TestPort:
    def test_a_taken_port_is_told_before_anything_starts(self, own):
        with socket.socket() as other:
            other.bind(("127.0.0.1", own.webserver_port))
            other.listen()
            with pytest.raises(ServiceUnavailable, match="ROSTERLINE_WEBSERVER_PORT") as caught:
                services.start(own)
        assert f"127.0.0.1:{own.webserver_port}" in str(caught.value)
        assert not any(each.running for each in services.status(own))

    @pytest.mark.parametrize(
        ("host", "address"),
        [
            ("0.0.0.0", "http://127.0.0.1:3000"),  # noqa: S104
            ("::1", "http://[::1]:3000"),
            ("rosterline.example", "http://rosterline.example:3000"),
        ],
    )
    def test_the_address_is_one_that_a_browser_can_open(self, settings, host, address):
        own = settings.model_copy(update={"webserver_host": host, "webserver_port": 3000})
        assert listening.web_address(own) == address


class TestPidFiles:
    def test_a_number_that_is_somebody_elses_by_now_is_never_killed(self, own, stranger):
        own.dagster_dir.mkdir()
        earlier = psutil.Process(stranger.pid).create_time() - 3600
        write_pid_file(own.dagster_dir / "daemon.pid", ProcessId(stranger.pid, earlier))
        assert services.stop(own) == []
        assert stranger.poll() is None
        assert not (own.dagster_dir / "daemon.pid").exists()

    def test_a_living_process_is_found_by_its_pid_file(self, tmp_path, stranger):
        file = tmp_path / "x.pid"
        write_pid_file(file, ProcessId.of(psutil.Process(stranger.pid)))
        found = read_pid_file(file)
        assert found is not None
        assert found.pid == stranger.pid

    def test_a_zombie_counts_as_gone(self, tmp_path):
        child = subprocess.Popen(SLEEPER)
        file = tmp_path / "x.pid"
        write_pid_file(file, ProcessId.of(psutil.Process(child.pid)))
        child.kill()
        assert wait_until_gone(psutil.Process(child.pid), 10)
        assert read_pid_file(file) is None
        child.wait()

    @pytest.mark.parametrize("content", ["", "17", "null", "{}", '{"pid": "x", "started": 1}'])
    def test_a_file_that_makes_no_sense_names_no_process(self, tmp_path, content):
        file = tmp_path / "x.pid"
        file.write_text(content)
        assert read_pid_file(file) is None
