"""The port of metrics: who gets an answer, and what somebody who wants more of it does to it."""

import socket
from contextlib import ExitStack, closing

import httpx
import pytest
from pydantic import ValidationError

from registry.settings import Settings
from registry.telemetry.endpoint import ANSWER_SECONDS, AT_ONCE, serving_metrics
from registry.telemetry.observe import observe_request, observe_store, store_operation
from schemas.errors import ServiceUnavailable
from tests.ports import free_port
from tests.scraping import metrics_text, scraped
from tests.waiting import eventually

TOKEN = "a-token-of-this-test"


@pytest.fixture
def settings(tmp_path):
    return Settings(home=tmp_path, metrics_port=free_port())


@pytest.fixture
def served(settings):
    with serving_metrics(settings):
        yield settings


@pytest.fixture
def guarded(settings):
    with_token = Settings(**settings.model_dump() | {"metrics_token": TOKEN})
    with serving_metrics(with_token):
        yield with_token


def ask(settings, path="/metrics", method="GET", **headers):
    url = f"http://127.0.0.1:{settings.metrics_port}{path}"
    return httpx.request(method, url, headers=headers, timeout=10)


def test_without_a_port_nothing_is_served_and_observations_go_nowhere(tmp_path):
    with serving_metrics(Settings(home=tmp_path)), store_operation("read"):
        observe_request("GET", "/health", 200, 0.1)


def test_prometheus_reads_what_was_observed(served):
    observe_request("GET", "/health", 200, 0.02)
    observe_store("write", 0.2)
    with pytest.raises(OSError, match="away"), store_operation("read"):
        raise OSError("away")
    found = scraped(served)
    labels = (("method", "GET"), ("route", "/health"), ("status", "2xx"))
    assert found["rosterline_http_request_seconds_count"][labels] >= 1
    counts = found["rosterline_store_operation_seconds_count"]
    assert counts[(("operation", "write"), ("outcome", "ok"))] >= 1
    assert counts[(("operation", "read"), ("outcome", "failed"))] >= 1
    assert found["process_resident_memory_bytes"][()] > 1_000_000


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "HEAD", "QZXK"])
def test_only_get_is_answered(served, method):
    assert ask(served, method=method).status_code == 405


@pytest.mark.parametrize("path", ["/", "/metrics/", "/metrics/../etc/passwd", "/x"])
def test_there_is_one_path(served, path):
    assert ask(served, path).status_code == 404


@pytest.mark.parametrize(
    "said",
    ["", "Bearer wrong", f"bearer {TOKEN}", TOKEN, "Bearer \xff",
     f"Bearer {TOKEN[:-1]}", "Basic YTpi"],
)  # fmt: skip
def test_without_the_token_nothing_is_said(guarded, said):
    answer = ask(guarded, authorization=said.encode("latin-1"))
    assert answer.status_code == 401
    assert "rosterline" not in answer.text


def test_without_the_header_nothing_is_said_and_no_path_is_told(guarded):
    assert ask(guarded).status_code == 401
    assert ask(guarded, "/other").status_code == 401
    assert ask(guarded, f"/metrics?token={TOKEN}").status_code == 401


def test_with_the_token_prometheus_gets_its_metrics(guarded):
    assert "rosterline_build_info" in metrics_text(guarded)


def test_the_token_is_in_no_representation_of_the_settings(guarded):
    assert TOKEN not in repr(guarded)


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "10.0.0.1", "prometheus.example"])  # noqa: S104
def test_other_machines_reach_it_only_with_a_token(host):
    with pytest.raises(ValidationError, match="ROSTERLINE_METRICS_TOKEN"):
        Settings(metrics_host=host, metrics_port=9464)
    assert Settings(metrics_host=host, metrics_token=TOKEN).metrics_host == host


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "::1", "127.0.0.9"])
def test_on_loopback_no_token_is_needed(host):
    assert Settings(metrics_host=host).metrics_token is None


def test_a_short_token_is_refused():
    with pytest.raises(ValidationError, match="16"):
        Settings(metrics_token="short")


def test_by_default_it_listens_on_loopback_only(served):
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.connect(("192.0.2.1", 9))  # sends nothing; it only chooses an own address
        own = probe.getsockname()[0]
    if own.startswith("127."):
        pytest.skip("this machine has no other address than loopback")
    with socket.socket() as other, pytest.raises(ConnectionRefusedError):
        other.connect((own, served.metrics_port))


def test_a_taken_port_is_named_with_its_variable(served):
    with (
        pytest.raises(ServiceUnavailable, match="ROSTERLINE_METRICS_PORT"),
        serving_metrics(served),
    ):
        pass


@pytest.mark.slow
def test_clients_that_send_nothing_take_a_few_places_and_are_closed(served):
    with ExitStack() as stack:
        for _ in range(AT_ONCE * 5):
            silent = socket.create_connection(("127.0.0.1", served.metrics_port))
            stack.enter_context(closing(silent))

        def answers():
            try:
                return ask(served).status_code == 200
            except httpx.HTTPError:
                return False  # all places are taken

        eventually(answers, 3 * ANSWER_SECONDS)


@pytest.mark.parametrize(
    "sent",
    [b"\r\n", b"GET\r\n\r\n", b"GET /metrics HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00" * 50,
     b"GET /metrics HTTP/1.1\r\n" + b"x: y\r\n" * 500 + b"\r\n", b"GET /" + b"a" * 100_000],
)  # fmt: skip
def test_what_is_no_request_hurts_nobody(served, sent, capfd):
    with socket.create_connection(("127.0.0.1", served.metrics_port)) as client:
        client.settimeout(15)
        try:
            client.sendall(sent)
            client.shutdown(socket.SHUT_WR)
            answer = client.recv(1000)
        except OSError:  # it hung up before we had sent or read everything
            answer = b""
    assert b"rosterline_" not in answer
    assert ask(served).status_code == 200
    assert "Traceback" not in capfd.readouterr().err
