"""A test message over a channel of an account, to a server that is there."""

import json
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.gateway.portal.conftest import serving
from tests.gateway.portal.rosters import text_of


@pytest.fixture(scope="module")
def one_portal(migrated):
    with serving(migrated, webhook_private_targets=True) as own:
        yield own


@pytest.fixture(scope="module")
def receiver():
    """A server of HTTP that keeps what is posted to it."""
    came = []

    class Keeping(BaseHTTPRequestHandler):
        def do_POST(self):
            came.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(200 if self.path == "/hook" else 307)
            self.send_header("Location", "/hook")
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Keeping)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}", came
    server.shutdown()
    server.server_close()


def test_a_test_message_arrives_and_no_redirect_is_followed(ada, receiver):
    address, came = receiver

    def test(name, path):
        ada.post("/admin/notifications", do="add", name=name, kind=["failed"],
                 service="webhook", address=f"{address}/{path}")  # fmt: skip
        return text_of(ada.post("/admin/notifications", do="test", name=name))

    assert "desk took the test message." in test("desk", "hook")
    assert came[-1]["title"] == "Rosterline: test"
    assert "for account clinic" in came[-1]["message"]
    assert "Moved did not take the test message" in test("moved", "elsewhere")
    assert len(came) == 2
