"""The process of API and portal under connections that never finish a request."""

import socket
import time
from contextlib import suppress

import httpx
import pytest

from gateway.http.connections import HEAD_SECONDS
from gateway.http.middleware import BODY_SECONDS
from tests.gateway.api.test_process import process
from tests.gateway.http.half_open import closed_within, half_open
from tests.ports import free_port

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def served(migrated):
    settings = migrated.model_copy(update={"http_port": free_port()})
    with process(settings):
        yield settings


def seconds_of(url: str) -> float:
    began = time.monotonic()
    assert httpx.get(url, timeout=10).status_code == 200
    return time.monotonic() - began


def answer_to(settings, sent: bytes, seconds: float) -> bytes:
    """All that comes back until the server closes the connection."""
    with socket.create_connection(("127.0.0.1", settings.http_port), 10) as one:
        one.sendall(sent)
        one.settimeout(seconds)
        got = b""
        while piece := one.recv(4096):
            got += piece
        return got


def test_1500_that_are_half_open_are_closed_in_20_seconds_and_others_are_served(served):
    began = time.monotonic()
    with half_open(served.http_port, 1_500) as opened:
        for path in ("/health", "/sign-in", "/docs"):
            assert seconds_of(f"{served.api_url}{path}") < 10
        assert closed_within(opened, 20) == 1_500
    assert time.monotonic() - began > HEAD_SECONDS  # they were not closed because of an error
    assert httpx.get(f"{served.api_url}/health").status_code == 200


def test_a_head_that_comes_byte_by_byte_is_not_waited_for(served):
    with socket.create_connection(("127.0.0.1", served.http_port), 10) as one:
        one.sendall(b"GET /health HTTP/1.1\r\n")
        began = time.monotonic()
        with suppress(ConnectionError):
            while time.monotonic() - began < 3 * HEAD_SECONDS:
                one.sendall(b"x")
                time.sleep(0.2)
        assert HEAD_SECONDS - 1 < time.monotonic() - began < 2 * HEAD_SECONDS


def test_the_second_request_of_a_connection_must_come_in_time_too(served):
    first = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"
    began = time.monotonic()
    got = answer_to(served, first + b"GET /health HTTP/1.1\r\nX-Slow:", 2 * HEAD_SECONDS)
    assert got.startswith(b"HTTP/1.1 200")
    assert time.monotonic() - began < 2 * HEAD_SECONDS


@pytest.mark.parametrize("path", [b"/medical/v1/facility", b"/sign-in"])
def test_a_body_that_does_not_come_is_answered_with_408(served, path):
    head = b"POST " + path + b" HTTP/1.1\r\nHost: localhost\r\nContent-Length: 10\r\n"
    kind = b"Content-Type: application/json\r\n\r\n{"
    if path == b"/sign-in":
        kind = b"Content-Type: application/x-www-form-urlencoded\r\n\r\nname"
    got = answer_to(served, head + kind, BODY_SECONDS + 10)
    assert got.startswith(b"HTTP/1.1 408")
    assert b"20 seconds" in got


def test_an_answer_that_takes_longer_than_a_head_may_is_waited_for(served):
    # The connection stays idle after its request, as it does while a patient is worked off.
    with httpx.Client(base_url=served.api_url, timeout=30) as client:
        assert client.get("/health").status_code == 200
        time.sleep(2)
        assert client.get("/health").status_code == 200
