"""How much of an account's files is kept: the API refuses more, before it reads it."""

import gzip
import socket
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import httpx
import pytest

from registry.accounts.accounts import change_settings
from registry.landing.storage_quota import QUOTA_BYTES, storage_of
from tests.gateway.api.conftest import HEADER, ROSTER, send
from tests.gateway.api.test_access import is_problem

BULK = "/medical/v1/patient/bulk"
QUOTA = 2_000
LARGE = HEADER + "Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101\n" * 60


@pytest.fixture
def limited(client, connection, account):
    """A client of an account that may keep 2,000 bytes."""
    change_settings(connection, account, {QUOTA_BYTES: QUOTA})
    connection.commit()
    return client


def link(client) -> str:
    return client.post(BULK).json()["uploadUrl"]


def put(url: str, content) -> httpx.Response:
    return httpx.put(url, content=content, timeout=30)


def in_parts(content: str):
    yield content[:100].encode()
    yield content[100:].encode()


def kept(connection, api, account) -> int:
    connection.rollback()
    return storage_of(connection, api, account).archived


def test_a_file_that_says_it_is_too_large_is_refused_before_it_is_sent(limited):
    url = urlsplit(link(limited))
    with socket.create_connection((url.hostname, url.port), 10) as one:
        head = f"PUT {url.path} HTTP/1.1\r\nHost: x\r\nContent-Length: {QUOTA + 1}\r\n"
        one.sendall(f"{head}Expect: 100-continue\r\n\r\n".encode())
        answer = one.recv(65536)
    assert answer.startswith(b"HTTP/1.1 507")
    assert b"this account may keep 2,000 bytes here" in answer


@pytest.mark.parametrize(
    "content", [lambda: in_parts(LARGE), lambda: gzip.compress(LARGE.encode())],
    ids=["in parts", "as gzip"],
)  # fmt: skip
def test_a_file_that_turns_out_to_be_too_large_is_refused(
    limited, api, connection, account, content
):
    answer = put(link(limited), content())
    assert is_problem(answer, 507)
    assert "this account may keep 2,000 bytes more" in answer.json()["detail"]
    assert list(api.incoming_dir.iterdir()) == []
    assert kept(connection, api, account) == 0


def test_what_is_kept_counts_and_the_same_content_counts_once(limited, api, connection, account):
    send(limited, ROSTER)
    again = link(limited)
    assert put(again, ROSTER).status_code == 200
    assert kept(connection, api, account) == len(ROSTER)
    answer = put(link(limited), "x" * (QUOTA - len(ROSTER) + 1))
    assert is_problem(answer, 507)
    assert f"and {len(ROSTER):,} are kept already" in answer.json()["detail"]


def test_what_waits_in_pending_counts(limited, connection):
    send(limited, ROSTER)
    connection.execute("UPDATE import SET drop_name = 'roster.csv'")
    connection.commit()
    assert is_problem(put(link(limited), "x" * (QUOTA - len(ROSTER) + 1)), 507)


def test_a_link_that_was_refused_takes_a_file_once_there_is_room(limited, connection, account):
    url = link(limited)
    assert is_problem(put(url, LARGE), 507)
    change_settings(connection, account, {QUOTA_BYTES: 10 * QUOTA})
    connection.commit()
    assert put(url, LARGE).status_code == 200


def test_of_files_that_come_at_once_no_more_are_kept_than_fit(limited, api, connection, account):
    contents = [f"{number}{'x' * 899}" for number in range(6)]
    urls = [link(limited) for _ in contents]
    with ThreadPoolExecutor(6) as threads:
        statuses = [each.status_code for each in threads.map(put, urls, contents)]
    assert sorted(statuses) == [200, 200, 507, 507, 507, 507]
    assert kept(connection, api, account) == 1_800


def test_a_patient_of_a_call_counts_too(limited, connection, account):
    change_settings(connection, account, {QUOTA_BYTES: 10})
    connection.commit()
    address = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}
    new = {"firstName": "Ada", "lastName": "Sample", "dob": "1980-02-01", "genderAtBirth": "F",
           "address": [address]}  # fmt: skip
    answer = limited.post("/medical/v1/patient", json=new)
    assert is_problem(answer, 507)
    assert "this account may keep 10 bytes here" in answer.json()["detail"]


def test_an_account_without_a_quota_keeps_any_number(client):
    assert put(link(client), LARGE).status_code == 200
