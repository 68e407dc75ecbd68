"""Memory of a server is told apart from that of a command."""

import os
import subprocess
import sys

from bench.memory import MIB, bytes_now


def test_a_server_that_keeps_its_data_under_the_home_is_counted_apart(tmp_path):
    script = "held = bytearray(b'x') * 60_000_000; print(); input()"
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as server:
        server.stdout.readline()
        (tmp_path / "postgres").mkdir()
        (tmp_path / "postgres" / "postmaster.pid").write_text(f"{server.pid}\n/data\n")
        own, of_server = bytes_now(os.getpid(), tmp_path)
        server.kill()
    assert own > 10 * MIB
    assert 55 * MIB < of_server < 100 * MIB
