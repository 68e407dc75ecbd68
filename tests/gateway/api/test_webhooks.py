"""Webhooks as a receiver sees them: in order, signed, repeated after a failure."""

import hashlib
import hmac
import json
import time
from datetime import UTC, datetime

import httpx
from standardwebhooks import Webhook as StandardWebhook

from registry.ledger.claims import cancel
from registry.webhooks.endpoints import get_webhook, standard_secret
from tests.gateway.api.conftest import (
    ROSTER,
    Receiver,
    calling,
    import_all,
    receiving,
    send,
    serving,
)
from tests.importing import process
from tests.taking_up import take_up_due
from tests.waiting import eventually

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
        "id": "harbor",
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


def test_enabled_says_how_it_went_to_send_something_the_last_time(api, client, receiver):
    def is_enabled() -> bool:
        return client.get("/settings").json()["webhookEnabled"]

    receiver.pong = False
    assert register(client, receiver)["webhookEnabled"] is False
    receiver.status = 500
    send(client, ROSTER)
    import_all(api)  # messages go out although the ping failed
    eventually(lambda: client.get("/settings").json()["webhookStatusDetail"] == "answered 500")
    assert not is_enabled()
    receiver.status = 200
    client.post("/settings/webhook/retry")
    eventually(is_enabled)
    assert client.get("/settings").json()["webhookStatusDetail"] is None


def test_a_roster_is_reported_from_processing_to_its_result(api, client, receiver):
    register(client, receiver)
    started = send(client)
    import_all(api)
    eventually(lambda: receiver.statuses() == ["processing", "completed"])
    processing, completed = (each.said for each in receiver.received[1:])
    assert processing["bulkPatientCreate"] == {
        "requestId": started["requestId"],
        "status": "processing",
    }
    assert completed["meta"]["type"] == "medical.bulk-patient-create"
    assert completed["meta"]["requestId"] == started["requestId"]
    assert httpx.get(completed["bulkPatientCreate"]["result"]).text.count("succeeded") == 2


def test_a_failed_file_is_reported_with_its_reason(api, client, receiver):
    register(client, receiver)
    send(client, "")
    import_all(api)
    eventually(lambda: receiver.statuses() == ["processing", "failed"])
    report = receiver.received[-1].said["bulkPatientCreate"]
    assert report["reason"]
    assert "result" not in report


def test_both_signatures_are_valid_for_the_bytes_of_the_body(
    api, client, receiver, connection, account
):
    register(client, receiver)
    send(client)
    import_all(api)
    eventually(lambda: len(receiver.received) == 3)
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


def test_a_failed_delivery_is_repeated_with_a_new_link_and_is_logged(
    api, client, receiver, connection
):
    register(client, receiver)
    receiver.status = 500
    send(client)
    import_all(api)
    eventually(lambda: receiver.statuses() == ["processing"])
    eventually(lambda: client.get("/settings/webhook").json()["tries"])
    due_now(connection)
    # Only messages without an attempt under way are made due: others would be sent twice.
    eventually(lambda: len(client.get("/settings/webhook").json()["tries"]) == 2)
    receiver.status = 204
    due_now(connection)
    eventually(lambda: receiver.statuses() == ["processing"] * 3 + ["completed"])
    ids = {each.headers["webhook-id"] for each in receiver.received[1:4]}
    assert len(ids) == 1
    log = eventually(lambda: (t := client.get("/settings/webhook").json()["tries"])[3:] and t)
    assert [(t["status"], t["number"], t["httpStatus"], t["fault"]) for t in log] == [
        ("completed", 1, 204, None),
        ("processing", 3, 204, None),
        ("processing", 2, 500, "answered 500"),
        ("processing", 1, 500, "answered 500"),
    ]


def test_each_delivery_attempt_of_a_result_has_a_link_of_its_own(api, client, receiver, connection):
    register(client, receiver)
    send(client)
    ((imported,),) = take_up_due(connection, limit=1)
    eventually(lambda: client.get("/settings/webhook").json()["tries"])
    receiver.status = 500
    process(api, connection, imported)
    connection.commit()
    eventually(lambda: len(client.get("/settings/webhook").json()["tries"]) == 2)
    receiver.status = 200
    time.sleep(1)  # links count whole seconds
    assert client.post("/settings/webhook/retry").json() == {"messages": 1}
    eventually(lambda: receiver.statuses() == ["processing", "completed", "completed"])
    links = [each.said["bulkPatientCreate"]["result"] for each in receiver.received[2:]]
    assert len(set(links)) == 2
    assert [httpx.get(link).status_code for link in links] == [200, 200]


def test_a_receiver_that_hangs_does_not_hold_up_another_account(
    client, other, receiver, connection
):
    slow, quick = receiver, Receiver()
    with receiving(quick):
        register(client, slow)
        register(other, quick)
        slow.delay = 9
        for each in (client, other):
            send(each)
        take_up_due(connection, limit=5)
        eventually(lambda: len(slow.received) == 2)
        connection.execute("UPDATE import SET state = 'completed'")
        connection.commit()
        eventually(lambda: quick.statuses() == ["processing", "completed"], seconds=8)
        assert slow.statuses() == ["processing"]


def test_a_caller_is_told_of_an_import_that_an_operator_cancels(client, receiver, connection):
    register(client, receiver)
    send(client)
    ((imported,),) = take_up_due(connection, limit=1)
    assert cancel(connection, imported, datetime.now(UTC), reason="cancelled by ops")
    eventually(lambda: receiver.statuses() == ["processing", "cancelled"])
    assert receiver.received[-1].said["bulkPatientCreate"]["reason"] == "cancelled by ops"


def test_retry_sends_undelivered_messages_at_once(api, client, receiver):
    register(client, receiver)
    receiver.status = 500
    send(client)
    import_all(api)
    eventually(lambda: client.get("/settings/webhook").json()["tries"])
    # Not at once: a message of which a try is just under way is left to it.
    eventually(lambda: client.post("/settings/webhook/retry").json() == {"messages": 2})
    receiver.status = 200
    eventually(lambda: receiver.statuses()[-1] == "completed")
    eventually(lambda: client.post("/settings/webhook/retry").json() == {"messages": 0})


def test_undelivered_messages_survive_a_restart(database, connection, account, receiver):
    with (
        serving(database, webhook_private_targets=True) as api,
        calling(api, connection, account) as client,
    ):
        register(client, receiver)
        receiver.status = 500
        send(client)
        import_all(api)
        eventually(lambda: client.get("/settings/webhook").json()["tries"])
    receiver.status = 200
    due_now(connection)
    with serving(database, webhook_private_targets=True):
        eventually(lambda: receiver.statuses()[-1] == "completed")


def test_redirects_are_not_followed(client, receiver):
    receiver.status, receiver.location = 302, receiver.url
    assert register(client, receiver)["webhookStatusDetail"] == "answered 302"
    assert len(receiver.received) == 1


def test_a_receiver_that_hangs_is_given_up_after_five_seconds(client, receiver):
    receiver.delay = 6
    assert register(client, receiver)["webhookStatusDetail"] == "no answer in 5 seconds"


def test_an_unreachable_receiver_is_named_as_a_fault(client):
    said = client.post("/settings", json={"webhookUrl": "http://127.0.0.1:1/"}).json()
    assert said["webhookStatusDetail"] == "ConnectError"


def test_an_empty_address_ends_webhooks(api, client, receiver):
    register(client, receiver)
    assert client.post("/settings", json={"webhookUrl": ""}).json()["webhookUrl"] is None
    send(client)
    import_all(api)
    assert client.get("/settings/webhook").json()["tries"] == []
    assert len(receiver.received) == 1


def test_another_account_sees_no_webhooks(api, client, other, receiver):
    register(client, receiver)
    send(client, ROSTER)
    import_all(api)
    eventually(lambda: len(receiver.received) == 3)
    assert other.get("/settings/webhook").json() == {
        "id": "bay",
        "webhookUrl": None,
        "webhookEnabled": False,
        "webhookStatusDetail": None,
        "tries": [],
    }
    assert other.post("/settings/webhook/retry").json() == {"messages": 0}
