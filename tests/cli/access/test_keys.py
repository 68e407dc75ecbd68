"""`rosterline key`: made, listed, revoked, and the webhook's key shown."""

import json
from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import get_account
from registry.accounts.api_keys import entered
from registry.database.connections import connect, connect_as_gateway
from registry.webhooks.endpoints import set_webhook


def said(result):
    """What a command printed as JSON."""
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


@pytest.fixture(autouse=True)
def acme(rosterline):
    return said(rosterline("account", "add", "acme", "--format", "metriport", "--json"))


def test_a_key_is_shown_once_and_gives_access(rosterline, home, acme):
    added = said(rosterline("key", "add", "integration", "-a", "acme", "--scope", "read", "--json"))
    with connect_as_gateway(home) as connection, entered(connection, added["key"]) as caller:
        assert (caller.account.id, caller.scope) == (acme["id"], "read")
    listed = rosterline("key", "list", "-a", "acme")
    assert "integration" in listed.stdout
    assert added["key"] not in listed.stdout
    assert added["key"].startswith(added["beginning"])


def test_a_key_is_shown_to_a_person_with_a_warning(rosterline):
    added = rosterline("key", "add", "integration", "-a", "acme")
    assert added.exit_code == 0
    assert "rl_" in added.stdout
    assert "cannot be shown again" in added.stderr


def test_a_revoked_key_stays_in_the_list(rosterline):
    rosterline("key", "add", "integration", "-a", "acme")
    revoked = said(rosterline("key", "revoke", "integration", "-a", "acme", "--json"))
    (listed,) = said(rosterline("key", "list", "-a", "acme", "--json"))
    assert listed == revoked
    assert listed["revoked_at"]
    assert rosterline("key", "revoke", "integration", "-a", "acme").exit_code == 1


def test_a_third_key_is_refused(rosterline):
    for name in ("old", "new"):
        rosterline("key", "add", name, "-a", "acme")
    refused = rosterline("key", "add", "third", "-a", "acme")
    assert refused.exit_code == 1
    assert "revoke one first" in refused.stderr


def test_the_webhook_key_is_shown_in_both_notations(rosterline, home):
    assert "no webhook yet" in rosterline("key", "webhook", "-a", "acme").stderr
    with connect(home) as connection:
        account = get_account(connection, "acme")
        webhook = set_webhook(connection, account.id, "https://x.example/", datetime.now(UTC))
    shown = said(rosterline("key", "webhook", "-a", "acme", "--json"))
    assert shown["key"] == webhook.key
    assert shown["standard_secret"].startswith("whsec_")
    assert webhook.key in rosterline("key", "webhook", "-a", "acme").stdout
