"""`rosterline account hold` and `account notify`, as an operator types them."""

import json

import pytest


@pytest.fixture
def account(rosterline):
    rosterline("account", "add", "clinic", "--format", "thoroughcare")
    return lambda *given: rosterline("account", *given)


def said(ran):
    assert ran.exit_code == 0, ran.output
    return json.loads(ran.stdout)


def test_whole_lists_have_usual_thresholds_that_are_changed_and_come_back(account):
    assert said(account("hold", "clinic", "--json"))["rows"] is None
    full = said(account("hold", "clinic", "--full-roster", "--json"))
    assert (full["full_roster"], full["rows"], full["missing"]) == (True, 30, 10)
    given = ("--rows", "80", "--never", "missing", "--json")
    changed = said(account("hold", "clinic", *given))
    assert (changed["rows"], changed["missing"], changed["errors"]) == (80, None, 20)
    assert said(account("hold", "clinic", "--usual", "--json")) == full


def test_an_unknown_measure_is_refused_with_those_that_are_known(account):
    ran = account("hold", "clinic", "--never", "weather")
    assert ran.exit_code == 1
    assert "rows, missing, identities, errors" in " ".join(ran.stderr.split())


def test_channels_are_added_listed_without_their_secret_and_removed(account):
    given = ("json://bob:s3crtpw@127.0.0.1:9/hook", "--on", "failed", "--daily")
    assert account("notify", "add", "clinic", "team", *given).exit_code == 0
    (shown,) = said(account("notify", "list", "clinic", "--json"))
    assert (shown["tells"], shown["when"]) == (["failed"], "once a day")
    assert "s3crtpw" not in shown["address"]
    assert account("notify", "test", "clinic", "team").exit_code == 1
    assert account("notify", "remove", "clinic", "team").exit_code == 0
    assert said(account("notify", "list", "clinic", "--json")) == []


def test_an_address_that_cannot_be_read_is_not_kept(account):
    ran = account("notify", "add", "clinic", "team", "nonsense://x")
    assert ran.exit_code == 1
    assert said(account("notify", "list", "clinic", "--json")) == []
