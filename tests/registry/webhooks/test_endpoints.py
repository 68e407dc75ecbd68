"""Where an account wants to be notified."""

import base64
from datetime import UTC, datetime

import pytest

from registry.accounts.accounts import add_account
from registry.webhooks.endpoints import (
    NOTHING_SENT,
    get_webhook,
    note_sent,
    set_webhook,
    standard_secret,
)

NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
URL = "https://receiver.example/hook"


@pytest.fixture
def account(connection):
    return add_account(connection, "harbor", "metriport")


def test_an_account_has_none_until_one_is_set(connection, account):
    assert get_webhook(connection, account.id) is None
    made = set_webhook(connection, account.id, URL, NOW)
    assert made.url == URL
    assert get_webhook(connection, account.id) == made


def test_another_address_keeps_the_key_and_forgets_the_ping(connection, account):
    first = set_webhook(connection, account.id, URL, NOW)
    assert first.last_fault == NOTHING_SENT
    note_sent(connection, account.id, "https://former.example/", None)  # came back late
    assert get_webhook(connection, account.id).last_fault == NOTHING_SENT
    note_sent(connection, account.id, URL, "answered 500")
    assert get_webhook(connection, account.id).last_fault == "answered 500"
    second = set_webhook(connection, account.id, f"{URL}/2", NOW)
    assert (second.key, second.url, second.last_fault) == (first.key, f"{URL}/2", NOTHING_SENT)


def test_keys_of_two_accounts_differ(connection, account):
    other = add_account(connection, "bay", "metriport")
    keys = {set_webhook(connection, each.id, URL, NOW).key for each in (account, other)}
    assert len(keys) == 2


def test_without_an_address_the_key_stays(connection, account):
    key = set_webhook(connection, account.id, URL, NOW).key
    assert set_webhook(connection, account.id, None, NOW).url is None
    assert get_webhook(connection, account.id).key == key


def test_a_key_is_spelled_as_standard_webhooks_spells_it():
    secret = standard_secret("a key")
    assert secret.startswith("whsec_")
    assert base64.b64decode(secret.removeprefix("whsec_")) == b"a key"
