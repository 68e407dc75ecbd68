"""A process is known by its number and its start, so that no other one is taken for it."""

import signal
import subprocess
import sys

import psutil
import pytest

from registry.processes import (
    ProcessId,
    is_alive,
    private_files,
    read_pid_file,
    stop_process,
    wait_until_gone,
    write_pid_file,
)

WAITS = "import time; time.sleep(600)"
IGNORES_TERM = (
    "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True); " + WAITS
)


@pytest.fixture
def child():
    """A process that waits, and is gone at the end of the test."""
    process = subprocess.Popen([sys.executable, "-c", WAITS])
    yield psutil.Process(process.pid)
    process.kill()
    process.wait()


def test_a_process_is_found_by_its_identity(child):
    found = ProcessId.of(child).find()
    assert found is not None
    assert found.pid == child.pid


def test_a_number_that_belongs_to_a_later_process_is_not_taken_for_it(child):
    known = ProcessId.of(child)
    assert ProcessId(known.pid, known.started - 60).find() is None


def test_a_process_that_has_ended_is_not_found(child):
    known = ProcessId.of(child)
    child.kill()
    assert wait_until_gone(child, 10)
    assert known.find() is None
    assert not is_alive(child)  # a zombie, until its parent waits for it


def test_a_pid_file_gives_the_process_back(child, tmp_path):
    path = tmp_path / "service.pid"
    write_pid_file(path, ProcessId.of(child))
    found = read_pid_file(path)
    assert found is not None
    assert found.pid == child.pid
    assert [each.name for each in tmp_path.iterdir()] == ["service.pid"]


@pytest.mark.parametrize(
    "content", ["", "12", "[1, 2]", '{"pid": 1}', '{"pid": "x", "started": 0}']
)
def test_a_pid_file_that_names_no_process_is_read_as_none(content, tmp_path):
    path = tmp_path / "service.pid"
    assert read_pid_file(path) is None
    path.write_text(content)
    assert read_pid_file(path) is None


def test_a_process_is_stopped_by_the_first_signal_that_it_heeds():
    process = subprocess.Popen([sys.executable, "-c", IGNORES_TERM], stdout=subprocess.PIPE)
    process.stdout.readline()
    running = psutil.Process(process.pid)
    assert not stop_process(running, [(signal.SIGTERM, 0.1)])
    assert stop_process(running, [(signal.SIGTERM, 0.1), (signal.SIGKILL, 10)])
    process.wait()
    process.stdout.close()
    assert stop_process(running, [(signal.SIGTERM, 0)])  # it is gone already


def test_what_is_written_among_private_files_is_for_its_owner_alone(tmp_path):
    with private_files():
        (tmp_path / "private").touch()
        child = [sys.executable, "-c", "import sys; open(sys.argv[1], 'w')", tmp_path / "child"]
        subprocess.run(child, check=True)
    for name in ("private", "child"):
        assert (tmp_path / name).stat().st_mode & 0o077 == 0
