"""A real Redis for tests, with what a deployment sets: an append-only file."""

import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import redis

from tests.ports import free_port
from tests.waiting import eventually

PROGRAM = shutil.which("redis-server")


class RedisServer:
    """A server on a port of its own, whose data outlives a restart."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self._folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        options = {"port": self.port, "dir": self._folder, "appendonly": "yes", "save": ""}
        command = [
            str(PROGRAM),
            *(word for name, value in options.items() for word in (f"--{name}", str(value))),
        ]
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        eventually(self._answers)

    def kill(self) -> None:
        """End it as a crash does."""
        if self._process is not None:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        with redis.Redis(port=self.port) as client:
            try:
                return bool(client.ping())
            except redis.exceptions.RedisError:
                return False


@contextmanager
def redis_server() -> Iterator[RedisServer]:
    """A running server; the test is skipped where Debian's redis-server is not installed."""
    if PROGRAM is None:
        pytest.skip("redis-server is not installed")
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        server.start()
        try:
            yield server
        finally:
            server.kill()
