"""What may be sent to an upload link, and how anything else is refused."""

import csv
import gzip
import io
import socket
import zlib
from urllib.parse import urlsplit

import httpx
import pytest

from tests.gateway.api.conftest import ROSTER, calling, import_all, serving
from tests.waiting import eventually
from tests.workbooks import workbook

BULK = "/medical/v1/patient/bulk"


@pytest.fixture
def started(client):
    return client.post(BULK).json()


def status(client, started):
    return client.get(f"{BULK}/{started['requestId']}").json()["status"]


def archived(api):
    return [path.read_bytes() for path in api.archive_dir.glob("*/*")]


def left_over(api):
    return list(api.incoming_dir.glob("*")) if api.incoming_dir.exists() else []


def test_a_full_disk_is_507_in_words_and_the_link_works_once_there_is_room(
    database, connection, account
):
    key = {"disk_reserve_bytes": 2**60}
    with serving(database, **key) as full, calling(full, connection, account) as client:
        started = client.post("/medical/v1/patient/bulk").json()
        answer = httpx.put(started["uploadUrl"], content=ROSTER)
        assert answer.status_code == 507
        assert "there is no room for further files" in answer.json()["detail"]
        assert client.get(f"/medical/v1/patient/bulk/{started['requestId']}").json()["status"] == (
            "waiting"
        )


def test_the_bytes_are_kept_as_sent(api, started):
    content = f"# {started['requestId']}\n".encode() + ROSTER.encode() + b"\xff\x00"
    assert httpx.put(started["uploadUrl"], content=content).status_code == 200
    assert content in archived(api)
    assert left_over(api) == []


def test_a_key_beside_the_link_and_a_body_in_chunks_are_taken(client):
    def pieces():
        yield ROSTER[:50].encode()
        yield ROSTER[50:].encode()

    for content, key in ((ROSTER, "rl_wrong"), (ROSTER, client.headers["x-api-key"]),
                         (pieces(), "")):  # fmt: skip
        link = client.post(BULK).json()["uploadUrl"]
        headers = {"x-api-key": key, "content-type": "text/csv"}
        assert httpx.put(link, content=content, headers=headers).status_code == 200


@pytest.mark.parametrize("call", ["patient/match", "facility"])
def test_a_json_body_in_chunks_that_is_too_large_is_called_so(client, call):
    pieces = (b" " * 40_000 for _ in range(3))
    headers = {"content-type": "application/json"}
    answer = client.post(f"/medical/v1/{call}", content=pieces, headers=headers)
    assert (answer.status_code, answer.json()["name"]) == (413, "RequestEntityTooLargeError")


def test_a_second_upload_is_refused(started):
    assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200
    again = httpx.put(started["uploadUrl"], content=ROSTER)
    assert again.status_code == 409
    assert again.json()["name"] == "ConflictError"


@pytest.mark.parametrize("change", ["{}x", "{}.", "x{}", "{0}{0}"])
def test_a_changed_link_is_refused(started, change):
    base, _, token = started["uploadUrl"].rpartition("/")
    assert httpx.put(f"{base}/{change.format(token)}", content=ROSTER).status_code == 403


def test_an_upload_link_opens_no_result(started):
    token = started["uploadUrl"].rpartition("/")[2]
    link = started["uploadUrl"].replace("/upload/", "/result/")
    assert token in link
    assert httpx.get(link).status_code == 403


@pytest.mark.dated
def test_an_expired_link_is_refused(api, client, started):
    from datetime import UTC, datetime
    from uuid import UUID

    from gateway.http.signed_links import Links
    from gateway.http.signing_key import signing_secret

    links = Links(signing_secret(api), api.api_url)
    old = links.upload(1, UUID(started["requestId"]), datetime(2026, 1, 1, tzinfo=UTC))
    answer = httpx.put(old, content=ROSTER)
    assert answer.status_code == 403
    assert "expired" in answer.json()["detail"]
    assert status(client, started) == "waiting"


def test_gzip_is_unpacked_whether_it_says_so_or_not(api, client):
    ways = ({"content-encoding": "gzip"}, {}, {"content-type": "application/gzip"})
    for number, headers in enumerate(ways):
        link = client.post(BULK).json()["uploadUrl"]
        content = ROSTER.replace("Ada", f"Ada{number}").encode()
        halves = gzip.compress(content[:50]) + gzip.compress(content[50:])
        assert httpx.put(link, content=halves, headers=headers).status_code == 200
        assert content in archived(api)
    assert [each.outcomes for each in import_all(api)] == [
        ["created", "created"],
        ["created", "unchanged"],
        ["created", "unchanged"],
    ]


def test_a_workbook_is_kept_as_sent_and_imported(api, started):
    book = workbook({"Patients": list(csv.reader(io.StringIO(ROSTER)))})
    kind = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    answer = httpx.put(started["uploadUrl"], content=book, headers={"content-type": kind})
    assert answer.status_code == 200
    assert book in archived(api)
    assert [each.outcomes for each in import_all(api)] == [["created", "created"]]


@pytest.mark.parametrize(
    "content",
    [gzip.compress(ROSTER.encode())[:-9], gzip.compress(b"x" * 99)[:20] + b"\xff" * 50],
    ids=["cut off", "damaged"],
)
def test_a_broken_gzip_stream_leaves_the_request_waiting(api, client, started, content):
    assert httpx.put(started["uploadUrl"], content=content).status_code == 400
    assert status(client, started) == "waiting"
    assert left_over(api) == []
    assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200


def zeros(count):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    for _ in range(count // 1_000_000):
        yield packer.compress(bytes(1_000_000))
    yield packer.flush()


def endless():
    while True:
        yield b"a,b,c\n" * 10_000


@pytest.mark.parametrize("content", ["plain", "bomb", "endless"])
def test_a_body_that_is_too_large_is_refused_and_leaves_nothing(
    database, connection, account, content
):
    made = {"plain": b"x" * 200_001, "bomb": b"".join(zeros(50_000_000)), "endless": endless()}
    with (
        serving(database, max_file_bytes=200_000) as api,
        calling(api, connection, account) as client,
    ):
        started = client.post(BULK).json()
        try:
            answer = httpx.put(started["uploadUrl"], content=made[content])
            assert answer.status_code == 413
        except httpx.WriteError:
            assert content == "endless"  # refused while we were still sending
        assert status(client, started) == "waiting"
        eventually(lambda: left_over(api) == [])


@pytest.mark.parametrize(
    "kind", ["multipart/form-data; boundary=x", "application/json", "image/png", "application/pdf"]
)
def test_other_content_types_are_refused(started, kind):
    answer = httpx.put(started["uploadUrl"], content=ROSTER, headers={"content-type": kind})
    assert answer.status_code == 415


@pytest.mark.parametrize("coding", ["br", "deflate", "gzip, gzip"])
def test_other_content_codings_are_refused(started, coding):
    answer = httpx.put(started["uploadUrl"], content=ROSTER, headers={"content-encoding": coding})
    assert answer.status_code == 415


def test_other_methods_are_refused(started):
    for method in ("GET", "POST", "DELETE"):
        answer = httpx.request(method, started["uploadUrl"])
        assert answer.status_code == 405
        assert answer.json()["title"] == "Method Not Allowed"


def raw(started, head, body=b""):
    """A connection on which a request was begun."""
    url = urlsplit(started["uploadUrl"])
    connection = socket.create_connection((url.hostname, url.port), timeout=10)
    lines = [f"PUT {url.path} HTTP/1.1", f"Host: {url.netloc}", *head, "", ""]
    connection.sendall("\r\n".join(lines).encode() + body)
    return connection


def test_an_upload_that_was_cut_off_can_be_sent_again(api, client, started):
    half = ROSTER.encode()[:60]
    with raw(started, [f"Content-Length: {len(ROSTER)}"], half):
        eventually(lambda: left_over(api))
    eventually(lambda: left_over(api) == [])
    assert status(client, started) == "waiting"
    assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200
    assert [each.outcomes for each in import_all(api)] == [["created", "created"]]


def test_a_client_that_waits_for_100_continue_gets_it(started):
    head = [f"Content-Length: {len(ROSTER)}", "Expect: 100-continue", "Connection: close"]
    with raw(started, head) as connection:
        assert connection.recv(100).startswith(b"HTTP/1.1 100 Continue")
        connection.sendall(ROSTER.encode())
        assert connection.recv(1000).startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_waits_is_refused_before_it_sends(started):
    head = ["Content-Length: 99999999999", "Expect: 100-continue"]
    with raw(started, head) as connection:
        assert connection.recv(1000).startswith(b"HTTP/1.1 413")


def test_one_of_two_simultaneous_uploads_wins(api, started):
    with raw(started, [f"Content-Length: {len(ROSTER)}"], ROSTER.encode()[:60]) as slow:
        eventually(lambda: left_over(api))
        assert httpx.put(started["uploadUrl"], content=ROSTER).status_code == 200
        slow.sendall(ROSTER.encode()[60:])
        assert slow.recv(1000).startswith(b"HTTP/1.1 409")
    assert len(import_all(api)) == 1
