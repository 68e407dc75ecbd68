"""Repeats an HTTP request on several connections and measures the answers.

It uses plain sockets and threads, because a client library would need as much processor time for a
request as the server.
"""

import socket
import statistics
import threading
import time
from collections import Counter
from dataclasses import dataclass
from urllib.parse import urlsplit

_HEAD_ENDS = b"\r\n\r\n"
_LENGTH = b"content-length: "
_BUFFER_BYTES = 65_536
_TIMEOUT_SECONDS = 60.0


@dataclass(frozen=True)
class Hammered:
    """Answers by status, the seconds they took together, and the seconds that each took."""

    statuses: dict[int, int]
    seconds: float
    latencies: list[float]

    @property
    def per_second(self) -> float:
        """Answers per second, of every status."""
        return sum(self.statuses.values()) / self.seconds

    def latency(self, percent: int) -> float:
        """Seconds within which this percentage was answered."""
        return statistics.quantiles(self.latencies, n=100)[percent - 1]


def hammer(url: str, method: str, key: str, connections: int, seconds: float) -> Hammered:
    """Send requests without a body for some seconds, one at a time on each connection."""
    parts = urlsplit(url)
    request = (
        f"{method} {parts.path} HTTP/1.1\r\nHost: {parts.netloc}\r\nx-api-key: {key}\r\n"
        "Content-Length: 0\r\n\r\n"
    ).encode()
    statuses: Counter[int] = Counter()
    latencies: list[float] = []
    deadline = time.perf_counter() + seconds

    def send() -> None:
        address = (parts.hostname or "", parts.port or 80)
        with socket.create_connection(address, timeout=_TIMEOUT_SECONDS) as connection:
            while (began := time.perf_counter()) < deadline:
                connection.sendall(request)
                statuses[_answer(connection)] += 1
                latencies.append(time.perf_counter() - began)

    threads = [threading.Thread(target=send) for _ in range(connections)]
    began = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return Hammered(dict(statuses), time.perf_counter() - began, latencies)


def _answer(connection: socket.socket) -> int:
    """Read one answer to its end and return its status."""
    said = b""
    while _HEAD_ENDS not in said:
        said += _received(connection)
    head, _, body = said.partition(_HEAD_ENDS)
    lower = head.lower()
    at = lower.index(_LENGTH) + len(_LENGTH)
    length = int(lower[at:].split(b"\r\n", 1)[0])
    while len(body) < length:
        body += _received(connection)
    return int(head.split(b" ", 2)[1])


def _received(connection: socket.socket) -> bytes:
    received = connection.recv(_BUFFER_BYTES)
    if not received:
        raise ConnectionError("the server closed the connection")
    return received
