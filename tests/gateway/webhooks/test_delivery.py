"""One delivery attempt to a real receiver on this machine."""

import asyncio
import json
import socket
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from gateway.webhooks.delivery import client, ping, send
from registry.webhooks.endpoints import Webhook

AT = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)


@contextmanager
def receiving(answer):
    """A receiver that answers one request as `answer(body)` says: status, headers, body."""
    received = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["content-length"]))
            received.append((self.path, self.headers["host"], body))
            status, headers, reply = answer(body)
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(reply)

        def log_message(self, *_):
            pass

    with HTTPServer(("127.0.0.1", 0), Handler) as server:
        thread = threading.Thread(target=server.handle_request)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/hook", received
        thread.join()


def deliver(url, body=b"{}", *, private=True):
    async def run():
        async with client() as sender:
            return await send(sender, url, body, {"x-test": "1"}, private=private)

    return asyncio.run(run())


@pytest.mark.parametrize(
    ("status", "fault"),
    [
        (200, None),
        (204, None),
        (302, "answered 302"),
        (404, "answered 404"),
        (500, "answered 500"),
    ],
)
def test_any_2xx_is_a_success_and_nothing_else(status, fault):
    with receiving(lambda _: (status, {"location": "/other"}, b"")) as (url, received):
        result = deliver(url, b'{"a":1}')
    assert (result.http_status, result.fault) == (status, fault)
    assert result.seconds >= 0
    ((path, host, body),) = received
    assert (path, body) == ("/hook", b'{"a":1}')
    assert url == f"http://{host}/hook"


def test_a_receiver_that_does_not_listen_is_named_by_the_class_of_the_error():
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    result = deliver(f"http://127.0.0.1:{port}/hook")
    assert (result.http_status, result.fault) == (None, "ConnectError")


def test_a_private_receiver_is_not_connected_to():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)  # noqa: FBT003 - its only parameter
        result = deliver(f"https://127.0.0.1:{listener.getsockname()[1]}/", private=False)
        assert result.fault == "the host of webhookUrl is in a private network"
        with pytest.raises(BlockingIOError):
            listener.accept()


class TestPing:
    def ping(self, answer):
        with receiving(answer) as (url, _):
            webhook = Webhook(account_id=1, url=url, key="whk_0123456789", last_fault=None)
            return asyncio.run(ping(webhook, AT, private=True))

    def test_a_receiver_that_repeats_the_word_is_fine(self):
        def answer(body):
            return 200, {}, json.dumps({"pong": json.loads(body)["ping"]}).encode()

        assert self.ping(answer) is None

    @pytest.mark.parametrize(
        "reply", [b"", b"pong", b'{"pong": "other"}', b'["pong"]', b"\xff", b"{}"]
    )
    def test_any_other_answer_is_a_fault(self, reply):
        fault = self.ping(lambda _: (200, {}, reply))
        assert fault == 'did not answer {"pong": …} with the ping\'s word'

    def test_an_error_is_named(self):
        assert self.ping(lambda _: (401, {}, b"")) == "answered 401"

    def test_without_an_address_there_is_nothing_to_ping(self):
        webhook = Webhook(account_id=1, url=None, key="whk_0123456789", last_fault=None)
        assert asyncio.run(ping(webhook, AT, private=True)) is None
