"""The webhook's address, its ping, and the delivery log."""

from datetime import UTC, datetime, timedelta

from registry.webhooks.endpoints import get_webhook
from tests.gateway.portal.rosters import GOOD, text_of
from tests.importing import put

START = datetime(2026, 11, 26, 12, tzinfo=UTC)


def test_the_address_is_saved_even_if_the_ping_fails(ada, connection, clinic):
    page = ada.post("/admin/webhook", do="set", url="https://nobody.invalid/hook")
    assert "The address was saved, but the ping failed" in text_of(page)
    connection.commit()
    assert get_webhook(connection, clinic.id).url == "https://nobody.invalid/hook"
    assert ada.post("/admin/webhook", do="set", url="http://plain.test/").status_code == 409
    assert ada.post("/admin/webhook", do="retry").status_code == 200
    ada.post("/admin/webhook", do="set", url="")
    connection.commit()
    assert get_webhook(connection, clinic.id).url is None


def test_the_delivery_log_shows_event_attempt_and_answer(ada, connection, clinic, portal, tmp_path):
    imported = put(portal, connection, clinic, GOOD, folder=tmp_path)
    message = connection.execute(
        "INSERT INTO webhook_message (account_id, import_id, state) VALUES (%s, %s, 'completed')"
        " RETURNING id",
        (clinic.id, imported.id),
    ).fetchone()[0]
    attempts = [(1, 503, "the answer was 503"), (2, None, "nobody answers"), (3, 204, None)]
    for number, status, fault in attempts:
        connection.execute(
            "INSERT INTO webhook_try (message, number, account_id, tried_at, seconds, http_status,"
            " fault) VALUES (%s, %s, %s, %s, 0.5, %s, %s)",
            (message, number, clinic.id, START + timedelta(minutes=number), status, fault),
        )
    connection.commit()
    said = text_of(ada.get("/admin/webhook"))
    assert "When Import Event Attempt Answer Duration" in said
    assert "26 Nov 2026, 12:03 UTC Open completed 3 204 0.5 s" in said
    assert "26 Nov 2026, 12:02 UTC Open completed 2 no answer nobody answers 0.5 s" in said
    assert "26 Nov 2026, 12:01 UTC Open completed 1 503 the answer was 503 0.5 s" in said
    assert "Send undelivered messages again" in said
