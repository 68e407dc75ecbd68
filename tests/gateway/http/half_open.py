"""Clients that connect and never finish the head of a request."""

import select
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager

BEGINNINGS = (
    b"",
    b"G",
    b"GET / HTTP/1.1\r\nHost: localhost\r\n",
    b"POST /sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\nX-Slow: ",
)


@contextmanager
def half_open(port: int, count: int) -> Iterator[list[socket.socket]]:
    """So many connections to a port of this machine; each has sent one of `BEGINNINGS`."""
    opened: list[socket.socket] = []
    try:
        for number in range(count):
            one = socket.create_connection(("127.0.0.1", port), 10)
            opened.append(one)
            one.sendall(BEGINNINGS[number % len(BEGINNINGS)])
        yield opened
    finally:
        for one in opened:
            one.close()


def closed_within(opened: list[socket.socket], seconds: float) -> int:
    """How many of the connections the server closes within this time; each is read to its end."""
    until = time.monotonic() + seconds
    poll = select.poll()
    by_number = {one.fileno(): one for one in opened}
    for number, one in by_number.items():
        one.settimeout(0)
        poll.register(number, select.POLLIN)
    closed = 0
    while closed < len(opened) and (left := until - time.monotonic()) > 0:
        for number, _ in poll.poll(1000 * left):
            try:
                is_over = by_number[number].recv(4096) == b""
            except ConnectionError:
                is_over = True
            if is_over:
                poll.unregister(number)
                closed += 1
    return closed
