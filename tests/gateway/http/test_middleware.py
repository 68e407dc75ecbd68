"""The outermost layer: limits of bodies, headers of answers, the log line, errors."""

import asyncio

import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.routing import Route, Router

from gateway.http.addresses import client_address
from gateway.http.middleware import MAX_BODY_BYTES, Answers, BodyRefused, Edge

ANSWERS = Answers(
    refused=lambda status, said: PlainTextResponse(said, status),
    unexpected=lambda error: PlainTextResponse(type(error).__name__, 500),
)

TOO_LARGE = f"a body has at most {MAX_BODY_BYTES:,} bytes"


async def read_body(request: Request) -> PlainTextResponse:
    request.state.headers = {"X-Added": "yes"}
    return PlainTextResponse(str(len(await request.body())))


async def fail(_: Request) -> PlainTextResponse:
    raise ValueError("Canary")


async def ignore_body(_: Request) -> PlainTextResponse:
    return PlainTextResponse("ignored")


async def fail_midway(_, __, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    raise ValueError("Canary")


async def call_it_malformed(scope, receive, send) -> None:
    """Answers as FastAPI does where a body cannot be read."""
    try:
        await Request(scope, receive).body()
    except BodyRefused:
        await PlainTextResponse("malformed", 400)(scope, receive, send)


async def read_after_the_answer(scope, receive, send) -> None:
    await send({"type": "http.response.start", "status": 200, "headers": []})
    await Request(scope, receive).body()


ROUTES = Router(
    [
        Route("/read/{name}", read_body, methods=["GET", "POST"]),
        Route("/upload/{token}", read_body, methods=["POST"]),
        Route("/ignore", ignore_body, methods=["POST"]),
        Route("/fail", fail),
    ]
)


def call(path, *parts: bytes, method="POST", announced: int | None = None, app=ROUTES):
    """Send a request in these parts; gives status, headers and body of the answer."""
    headers = [] if announced is None else [(b"content-length", str(announced).encode())]
    if parts and announced is None:
        headers.append((b"transfer-encoding", b"chunked"))
    scope = {"type": "http", "method": method, "path": path, "headers": headers,
             "query_string": b"", "client": ("192.0.2.7", 4711)}  # fmt: skip
    waiting = [
        {"type": "http.request", "body": part, "more_body": place < len(parts)}
        for place, part in enumerate(parts or (b"",), start=1)
    ]
    sent = []

    async def receive():
        return waiting.pop(0)

    async def send(message):
        sent.append(message)

    edge = Edge(app, answers=ANSWERS, uploads="/upload/")
    asyncio.run(edge(scope, receive, send))
    body = b"".join(message.get("body", b"") for message in sent[1:])
    return sent[0]["status"], dict(sent[0]["headers"]), body.decode()


def test_headers_in_the_requests_state_are_added_to_the_answer():
    status, headers, body = call("/read/x", b"12345", announced=5)
    assert (status, body) == (200, "5")
    assert headers[b"x-added"] == b"yes"
    assert b"connection" not in headers


def test_a_body_that_announces_too_much_is_refused_before_it_is_read():
    status, headers, body = call("/read/x", b"1", announced=MAX_BODY_BYTES + 1)
    assert (status, body) == (413, TOO_LARGE)
    assert headers[b"connection"] == b"close"


def test_a_body_that_brings_more_than_it_announced_is_cut_off():
    half = b"x" * (MAX_BODY_BYTES // 2 + 1)
    status, headers, body = call("/read/x", half, half)
    assert (status, body) == (413, TOO_LARGE)
    assert headers[b"connection"] == b"close"


def test_a_body_that_is_cut_off_is_called_too_large_whatever_the_application_makes_of_it():
    half = b"x" * (MAX_BODY_BYTES // 2 + 1)
    status, _, body = call("/any", half, half, app=call_it_malformed)
    assert (status, body) == (413, TOO_LARGE)


def test_a_body_that_is_cut_off_after_the_answer_has_begun_is_not_answered_again():
    half = b"x" * (MAX_BODY_BYTES // 2 + 1)
    assert call("/any", half, half, app=read_after_the_answer)[0] == 200


def test_the_largest_body_is_read():
    status, _, body = call("/read/x", b"x" * MAX_BODY_BYTES, announced=MAX_BODY_BYTES)
    assert (status, body) == (200, str(MAX_BODY_BYTES))


def test_an_upload_has_no_limit_here():
    parts = [b"x" * MAX_BODY_BYTES] * 3
    assert call("/upload/t", *parts)[2] == str(3 * MAX_BODY_BYTES)
    announced = 3 * MAX_BODY_BYTES
    assert call("/upload/t", *parts, announced=announced)[2] == str(announced)


def test_a_connection_whose_body_was_not_read_is_closed():
    assert call("/ignore", b"1", b"2")[1][b"connection"] == b"close"


def test_an_unexpected_error_gets_an_answer_without_its_text(caplog):
    status, _, body = call("/fail", method="GET")
    assert (status, body) == (500, "ValueError")
    assert "Canary" not in caplog.text


def test_an_answer_that_has_begun_is_not_answered_again():
    status, _, body = call("/any", app=fail_midway)
    assert (status, body) == (200, "")


def test_the_log_names_the_route_and_not_the_address(caplog):
    with caplog.at_level("INFO"):
        call("/read/canary", method="GET")
        call("/nowhere/canary", method="GET")
        call("/nowhere/canary", method="G\nT")
        call("/nowhere/canary", method="CANARY")
    assert "method=GET" in caplog.text
    assert "status=200" in caplog.text
    assert "route=no route status=404" in caplog.text
    assert "method=other route=no route" in caplog.text
    assert "canary" not in caplog.text.lower()


@pytest.mark.parametrize("kind", ["lifespan", "websocket"])
def test_what_is_no_request_is_passed_on(kind):
    seen = []

    async def app(scope, receive, send):
        seen.append((scope["type"], receive, send))

    asyncio.run(Edge(app, answers=ANSWERS, uploads="/upload/")({"type": kind}, "receive", "send"))
    assert seen == [(kind, "receive", "send")]


@pytest.mark.parametrize(("client", "shown"), [(("192.0.2.7", 1), "192.0.2.7"), (None, "unknown")])
def test_a_client_is_known_by_its_address(client, shown):
    assert client_address(Request({"type": "http", "client": client})) == shown
