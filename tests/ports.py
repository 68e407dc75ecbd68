"""Ports for the servers of tests."""

import itertools
import os
import re
import socket

_WORKER = int(re.sub(r"\D", "", os.environ.get("PYTEST_XDIST_WORKER", "")) or 0)
# Below what the kernel gives to others (32768 and up), and each worker has a range of its own:
# between finding a port and listening on it, a process may start for many seconds.
_FIRST, _PORTS_PER_WORKER = 12_000, 1_000
_TURN = itertools.count()


def free_port() -> int:
    """A TCP port of this worker on which no process listens; another one at each call."""
    while True:
        port = _FIRST + (_WORKER % 20) * _PORTS_PER_WORKER + next(_TURN) % _PORTS_PER_WORKER
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return port
