import fcntl
import os
import subprocess
import sys

import pytest

from registry.landing.open_writers import OpenWriters, Writers

HOLD = "import sys; file = open(sys.argv[1], sys.argv[2]); print(flush=True); sys.stdin.read()"


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_text("Ada\n")
    return path


@pytest.fixture
def holder(file):
    """Starts a process that holds the file open, in a mode."""
    started = []

    def hold(mode):
        process = subprocess.Popen(
            [sys.executable, "-c", HOLD, file, mode], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
        started.append(process)
        process.stdout.readline()
        return process

    yield hold
    for process in started:
        process.communicate()


def test_a_file_that_nobody_has_open_has_no_writer(file):
    assert OpenWriters().of(file) is not Writers.SOME


@pytest.mark.parametrize("mode", ["a", "r+"])
def test_a_process_that_writes_is_seen_until_it_closes_the_file(file, holder, mode):
    process = holder(mode)
    assert OpenWriters().of(file) is Writers.SOME
    process.communicate()
    assert OpenWriters().of(file) is not Writers.SOME


def test_a_process_that_reads_is_no_writer(file, holder):
    holder("r")
    assert OpenWriters().of(file) is not Writers.SOME


def test_a_writer_is_seen_by_its_open_files_where_no_lease_is_given(file, holder):
    holder("a")
    # A descriptor of our own that writes makes the kernel refuse a lease just the same.
    status = file.stat()
    assert (status.st_dev, status.st_ino) in OpenWriters()._written


def test_the_look_leaves_no_lease_behind(file):
    OpenWriters().of(file)
    descriptor = os.open(file, os.O_RDONLY)
    assert fcntl.fcntl(descriptor, fcntl.F_GETLEASE) == fcntl.F_UNLCK
    os.close(descriptor)
    with file.open("a") as writer:
        writer.write("Ben\n")


def test_a_file_that_is_gone_is_told(tmp_path):
    with pytest.raises(OSError, match="No such file"):
        OpenWriters().of(tmp_path / "gone")
