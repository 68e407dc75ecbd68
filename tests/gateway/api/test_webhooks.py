"""Webhooks as a receiver sees them: in order, signed, again after failure, nowhere forbidden."""

import hashlib
import hmac
import json
from datetime import UTC, datetime

import httpx
import pytest
from standardwebhooks import Webhook as StandardWebhook

from gateway.webhooks.targets import is_public
from registry.webhooks import get_webhook, standard_secret
from tests.gateway.api.conftest import ROSTER, calling, import_all, send, serving, until

BULK = "/medical/v1/patient/bulk"


def register(client, receiver):
    answer = client.post("/settings", json={"webhookUrl": receiver.url})
    assert answer.status_code == 200, answer.text
    return answer.json()


def due_now(connection):
    connection.execute("UPDATE webhook_message SET next_try_at = now()")
    connection.commit()


def test_setting_an_address_pings_it(client, receiver):
    assert register(client, receiver) == {
        "webhookUrl": receiver.url,
        "webhookEnabled": True,
        "webhookStatusDetail": None,
    }
    (ping,) = receiver.received
    assert ping.said["meta"]["type"] == "ping"
    assert client.get("/settings").json()["webhookEnabled"] is True


def test_an_address_that_does_not_answer_its_ping_is_kept_and_says_so(client, receiver):
    receiver.pong = False
    said = register(client, receiver)
    assert said["webhookEnabled"] is False
    assert "pong" in said["webhookStatusDetail"]
    assert client.get("/settings").json() == said


def test_a_roster_is_told_from_processing_to_its_result(api, client, receiver):
    register(client, receiver)
    started = send(client)
    import_all(api)
    until(lambda: receiver.statuses() == ["processing", "completed"])
    processing, completed = (each.said for each in receiver.received[1:])
    assert processing["bulkPatientCreate"] == {
        "requestId": started["requestId"],
        "status": "processing",
    }
    assert completed["meta"]["type"] == "medical.bulk-patient-create"
    assert completed["meta"]["requestId"] == started["requestId"]
    assert httpx.get(completed["bulkPatientCreate"]["result"]).text.count("succeeded") == 2


def test_a_failed_file_is_told_with_its_reason(api, client, receiver):
    register(client, receiver)
    send(client, "")
    import_all(api)
    until(lambda: receiver.statuses() == ["processing", "failed"])
    told = receiver.received[-1].said["bulkPatientCreate"]
    assert told["reason"]
    assert "result" not in told


def test_both_signatures_hold_for_the_very_bytes(api, client, receiver, connection, account):
    register(client, receiver)
    send(client)
    import_all(api)
    until(lambda: len(receiver.received) == 3)
    key = get_webhook(connection, account.id).key
    for each in receiver.received:
        expected = hmac.new(key.encode(), each.body, hashlib.sha256).hexdigest()
        assert each.headers["x-metriport-signature"] == expected
        said = StandardWebhook(standard_secret(key)).verify(each.body, each.headers)
        assert said["meta"]["messageId"] == each.headers["webhook-id"]
        assert each.body == json.dumps(said, separators=(",", ":")).encode()
        assert key not in str(each.headers)


def test_the_key_is_in_no_answer(client, receiver, connection, account):
    register(client, receiver)
    key = get_webhook(connection, account.id).key
    for path in ("/settings", "/settings/webhook"):
        assert key not in client.get(path).text


def test_what_failed_is_sent_again_with_a_fresh_link_and_is_logged(
    api, client, receiver, connection
):
    register(client, receiver)
    receiver.status = 500
    send(client)
    import_all(api)
    until(lambda: receiver.statuses() == ["processing"])
    until(lambda: client.get("/settings/webhook").json()["tries"])
    due_now(connection)
    # Only what was settled is made due: else a try that is under way would be made twice.
    until(lambda: len(client.get("/settings/webhook").json()["tries"]) == 2)
    receiver.status = 204
    due_now(connection)
    until(lambda: receiver.statuses() == ["processing"] * 3 + ["completed"])
    ids = {each.headers["webhook-id"] for each in receiver.received[1:4]}
    assert len(ids) == 1
    log = until(lambda: (t := client.get("/settings/webhook").json()["tries"])[3:] and t)
    assert [(t["status"], t["number"], t["httpStatus"], t["fault"]) for t in log] == [
        ("completed", 1, 204, None),
        ("processing", 3, 204, None),
        ("processing", 2, 500, "answered 500"),
        ("processing", 1, 500, "answered 500"),
    ]


def test_retry_sends_what_is_undelivered_at_once(api, client, receiver):
    register(client, receiver)
    receiver.status = 500
    send(client)
    import_all(api)
    until(lambda: client.get("/settings/webhook").json()["tries"])
    receiver.status = 200
    assert client.post("/settings/webhook/retry").json() == {"messages": 2}
    until(lambda: receiver.statuses()[-1] == "completed")
    until(lambda: client.post("/settings/webhook/retry").json() == {"messages": 0})


def test_what_was_not_delivered_survives_a_restart(database, connection, account, receiver):
    with (
        serving(database, webhook_private_targets=True) as api,
        calling(api, connection, account) as client,
    ):
        register(client, receiver)
        receiver.status = 500
        send(client)
        import_all(api)
        until(lambda: client.get("/settings/webhook").json()["tries"])
    receiver.status = 200
    due_now(connection)
    with serving(database, webhook_private_targets=True):
        until(lambda: receiver.statuses()[-1] == "completed")


def test_redirects_are_not_followed(client, receiver):
    receiver.status, receiver.location = 302, receiver.url
    assert register(client, receiver)["webhookStatusDetail"] == "answered 302"
    assert len(receiver.received) == 1


def test_a_receiver_that_hangs_is_left_after_five_seconds(client, receiver):
    receiver.delay = 6
    began = datetime.now(UTC)
    assert register(client, receiver)["webhookStatusDetail"] == "no answer in 5 seconds"
    assert (datetime.now(UTC) - began).total_seconds() < 6


def test_a_receiver_that_is_not_there_is_named_as_a_fault(client):
    said = client.post("/settings", json={"webhookUrl": "http://127.0.0.1:1/"}).json()
    assert said["webhookStatusDetail"] == "ConnectError"


@pytest.mark.parametrize(
    "url",
    [
        "ftp://receiver.example/",
        "https://",
        "https:///path",
        "not a url",
        "https://user:password@receiver.example/",
        "file:///etc/passwd",
        "https://receiver.example/\u0000",
    ],
)
def test_what_is_no_address_is_refused(client, url):
    assert client.post("/settings", json={"webhookUrl": url}).status_code == 400


def test_an_empty_address_ends_webhooks(api, client, receiver):
    register(client, receiver)
    assert client.post("/settings", json={"webhookUrl": ""}).json()["webhookUrl"] is None
    send(client)
    import_all(api)
    assert client.get("/settings/webhook").json()["tries"] == []
    assert len(receiver.received) == 1


@pytest.mark.parametrize(
    "url",
    [
        "https://localhost/",
        "https://127.0.0.1/",
        "https://127.1/",
        "https://2130706433/",
        "https://0x7f000001/",
        "https://[::1]/",
        "https://[::ffff:127.0.0.1]/",
        "https://10.0.0.1/",
        "https://169.254.169.254/latest/meta-data",
        "https://0/",
    ],
)
def test_private_targets_are_refused_and_never_connected_to(database, connection, account, url):
    with serving(database) as api, calling(api, connection, account) as client:
        said = client.post("/settings", json={"webhookUrl": url}).json()
        assert said["webhookEnabled"] is False
        assert said["webhookStatusDetail"] in (
            "the host of webhookUrl is in a private network",
            "the host of webhookUrl cannot be found",
        )
        plain = client.post("/settings", json={"webhookUrl": "http://receiver.example/"})
        assert plain.status_code == 400


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.1.2.3", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1%eth0", "fc00::1",
        "ff02::1", "::ffff:10.0.0.1", "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:7f00:1::",
    ],
)  # fmt: skip
def test_addresses_of_our_networks_are_not_public(address):
    assert not is_public(address)


@pytest.mark.parametrize("address", ["8.8.8.8", "2606:4700::1111", "::ffff:8.8.8.8"])
def test_addresses_of_the_internet_are_public(address):
    assert is_public(address)


def test_another_account_sees_none_of_it(api, client, other, receiver):
    register(client, receiver)
    send(client, ROSTER)
    import_all(api)
    until(lambda: len(receiver.received) == 3)
    assert other.get("/settings/webhook").json() == {
        "webhookUrl": None,
        "webhookEnabled": False,
        "webhookStatusDetail": None,
        "tries": [],
    }
    assert other.post("/settings/webhook/retry").json() == {"messages": 0}
