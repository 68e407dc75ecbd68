"""Channels of an account at the portal: added and removed; secrets are not shown again."""

import pytest

from registry.notifications.account_addresses import address_of
from registry.notifications.account_channels import list_channels
from schemas.errors import NotAllowed
from tests.gateway.portal.rosters import text_of

SLACK = "https://hooks.slack.com/services/T1JJ3T3L2/A1BRTD4JD/TIiajkdnlazkcOXrIdevi7FQ"


def add(ada, **fields):
    form = {"do": "add", "name": "desk", "kind": ["failed", "held"], "when": "once"} | fields
    return ada.post("/admin/notifications", **form)


def test_a_channel_is_added_without_showing_its_secret_and_removed(ada, connection, clinic):
    page = add(ada, service="slack", address=SLACK, when="daily")
    said = text_of(page)
    assert "desk is told from now on." in said
    assert "A file could not be imported A file waits for a person Once a day" in said
    assert "slack://" in said
    assert "TIiajkdnlazkcOXrIdevi7FQ" not in page.text
    assert "A1BRTD4JD" not in page.text
    connection.commit()
    (channel,) = list_channels(connection, clinic.id)
    assert (channel.kinds, channel.daily) == (["failed", "held"], True)
    assert "has a channel" in text_of(add(ada, service="slack", address=SLACK))
    assert "desk is told nothing more." in text_of(
        ada.post("/admin/notifications", do="remove", name="desk")
    )
    connection.commit()
    assert list_channels(connection, clinic.id) == []
    trail = connection.execute(
        "SELECT detail FROM access_event WHERE action = 'change' ORDER BY id"
    ).fetchall()
    assert trail == [("notifications: add desk",), ("notifications: remove desk",)]


@pytest.mark.parametrize(
    ("fields", "said"),
    [
        ({"service": "email", "address": "nobody"}, "This is no e-mail address"),
        ({"service": "email", "address": "ada@clinic.example"}, "There is no mail server"),
        ({"service": "slack", "address": "https://evil.example/services/a"}, "of Slack"),
        ({"service": "teams", "address": SLACK}, "This is not a workflow of Teams"),
        ({"service": "webhook", "address": "http://clinic.example/hook"}, "begins with https://"),
        ({"service": "webhook", "address": "https://h.example/?verify=no"}, "behind a ?"),
        ({"service": "file", "address": "file:///etc/passwd"}, "Choose e-mail"),
        ({"service": "slack", "address": SLACK, "kind": []}, "Choose at least one thing"),
        ({"service": "slack", "address": SLACK, "name": " "}, "A name has 1 to 60 letters"),
    ],
)
def test_what_is_no_channel_is_refused_and_not_kept(ada, connection, clinic, fields, said):
    page = add(ada, **fields)
    assert page.status_code == 409
    assert said in text_of(page)
    connection.commit()
    assert list_channels(connection, clinic.id) == []


def test_an_administrators_webhook_checks_certificates_and_follows_no_redirect():
    assert (
        address_of("webhook", "https://h.example/a/b", private=False)
        == "jsons://h.example/a/b?redirect=no"
    )
    with pytest.raises(NotAllowed, match="no part behind"):
        address_of("webhook", "https://h.example/a#?verify=no", private=False)
