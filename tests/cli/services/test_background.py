import os
import socket
import subprocess
import sys

import psutil
import pytest

from cli.installation.service_checks import check_services
from cli.services import background, listening
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
    background.stop(own)


@pytest.fixture
def other_process():
    """A process that Rosterline did not start."""
    with subprocess.Popen(SLEEPER) as process:
        yield process
        process.kill()


@pytest.mark.slow
def test_a_service_that_ends_at_once_is_reported_and_leaves_nothing(own):
    own.sftp_dir.mkdir()
    key = own.sftp_dir / "ssh_host_ed25519_key"
    key.write_text("damaged")
    with pytest.raises(ServiceUnavailable, match="sftp ended") as caught:
        background.start(own)
    log = background.log_file(own, "sftp")
    assert str(log) in str(caught.value)
    assert log.read_text().startswith(f"The SFTP server's host key {key} is damaged.")
    assert not any(each.running for each in background.status(own))


class TestPort:
    def test_a_taken_port_is_reported_before_anything_starts(self, own):
        with socket.socket() as other:
            other.bind(("127.0.0.1", own.webserver_port))
            other.listen()
            with pytest.raises(ServiceUnavailable, match="ROSTERLINE_WEBSERVER_PORT") as caught:
                background.start(own)
        assert f"127.0.0.1:{own.webserver_port}" in str(caught.value)
        assert not any(each.running for each in background.status(own))


class TestPidFiles:
    def test_a_process_id_that_another_process_has_now_is_never_killed(self, own, other_process):
        own.dagster_dir.mkdir()
        earlier = psutil.Process(other_process.pid).create_time() - 3600
        write_pid_file(own.dagster_dir / "daemon.pid", ProcessId(other_process.pid, earlier))
        assert background.stop(own) == []
        assert other_process.poll() is None
        assert not (own.dagster_dir / "daemon.pid").exists()

    def test_a_living_process_is_found_by_its_pid_file(self, tmp_path, other_process):
        file = tmp_path / "x.pid"
        write_pid_file(file, ProcessId.of(psutil.Process(other_process.pid)))
        found = read_pid_file(file)
        assert found is not None
        assert found.pid == other_process.pid

    def test_a_zombie_counts_as_gone(self, tmp_path):
        child = subprocess.Popen(SLEEPER)
        file = tmp_path / "x.pid"
        write_pid_file(file, ProcessId.of(psutil.Process(child.pid)))
        child.kill()
        assert wait_until_gone(psutil.Process(child.pid), 10)
        assert read_pid_file(file) is None
        child.wait()

    @pytest.mark.parametrize("content", ["", "17", "null", "{}", '{"pid": "x", "started": 1}'])
    def test_a_damaged_pid_file_names_no_process(self, tmp_path, content):
        file = tmp_path / "x.pid"
        file.write_text(content)
        assert read_pid_file(file) is None


@pytest.mark.slow
def test_a_log_writer_that_was_killed_is_noticed(own):
    name = listening.PATIENT_CALLS
    with background.services_lock(own):
        background.launch(own, name, os.environ | own.as_environment())
    assert not the_status(own, name).log_ended
    writer = read_pid_file(background.writer_pid_file(own, name))
    assert writer is not None
    writer.kill()
    assert wait_until_gone(writer, 10)
    said = the_status(own, name)
    assert said.running
    assert said.log_ended
    (check,) = [each for each in check_services(own) if each.name == f"log of {name}"]
    assert check.level == "fail"
    assert str(background.log_file(own, name)) in check.found


def the_status(own, name):
    return next(each for each in background.status(own) if each.name == name)
