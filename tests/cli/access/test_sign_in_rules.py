"""`rosterline account sign-in`, and what an operator does about a lost second factor."""

import pytest

from gateway.second_factors import SecondFactors
from registry.accounts.activity_log import list_events
from registry.accounts.portal_identities import find_identified_user, link_identity
from registry.accounts.portal_sessions import open_session
from registry.accounts.portal_users import find_user
from registry.accounts.second_factors import find_secret, switch_on
from registry.database.connections import connect
from tests.cli.access.test_keys import said

ADA = "ada@acme.test"


@pytest.fixture(autouse=True)
def acme(rosterline):
    return said(rosterline("account", "add", "acme", "--format", "ptdirect", "--json"))


def test_the_rules_of_an_account_are_shown_and_changed_one_by_one(rosterline, monkeypatch):
    for name in ("ISSUER", "CLIENT_ID", "CLIENT_SECRET"):
        monkeypatch.setenv(f"ROSTERLINE_OIDC_{name}", "https://login.example")
    shown = {"account": "acme", "second factor": "as each user likes", "single sign-on": "off"}
    assert said(rosterline("account", "sign-in", "acme", "--json")) == shown
    rosterline("account", "sign-in", "acme", "--second-factor")
    rosterline("account", "sign-in", "acme", "--single-sign-on", "allowed")
    shown |= {"second factor": "needed", "single sign-on": "allowed"}
    assert said(rosterline("account", "sign-in", "acme", "--json")) == shown
    assert rosterline("account", "sign-in", "nowhere").exit_code == 1


def test_single_sign_on_needs_a_provider(rosterline):
    refused = rosterline("account", "sign-in", "acme", "--single-sign-on", "required")
    assert refused.exit_code == 1
    assert "ROSTERLINE_OIDC_ISSUER" in refused.stderr


def test_a_lost_second_factor_is_reset_and_sessions_end(rosterline, home):
    rosterline("user", "add", ADA, "-a", "acme")
    with connect(home) as connection:
        user = find_user(connection, ADA)
        SecondFactors(home).begin(connection, user)
        switch_on(connection, user, user.created_at)
        open_session(connection, find_user(connection, ADA), user.created_at)
    assert said(rosterline("user", "list", "--json"))[0]["second_factor"] is True
    assert rosterline("user", "reset-second-factor", ADA).exit_code == 0
    with connect(home) as connection:
        after = find_user(connection, ADA)
        assert after.second_factor_at is None
        assert find_secret(connection, after) is None
        assert after.session_generation > user.session_generation + 1
        assert list_events(connection)[0].detail == "by an operator: second factor: reset"


def test_a_user_is_unlinked_from_the_provider(rosterline, home):
    rosterline("user", "add", ADA, "-a", "acme")
    with connect(home) as connection:
        user = find_user(connection, ADA)
        assert link_identity(connection, user, "https://login.example", "a-1", user.created_at)
        assert not link_identity(connection, user, "https://login.example", "a-2", user.created_at)
        open_session(connection, user, user.created_at)
    assert rosterline("user", "unlink", ADA).exit_code == 0
    with connect(home) as connection:
        assert find_identified_user(connection, "https://login.example", "a-1") is None
        assert connection.execute("SELECT count(*) FROM portal_session").fetchone() == (0,)
        assert list_events(connection)[0].detail == "by an operator: single sign-on: unlinked"


def test_a_user_is_removed_or_signed_out(rosterline, home):
    rosterline("user", "add", ADA, "-a", "acme", "--role", "viewer")
    with connect(home) as connection:
        user = find_user(connection, ADA)
        open_session(connection, user, user.created_at)
    assert rosterline("user", "sign-out", ADA).exit_code == 0
    with connect(home) as connection:
        assert connection.execute("SELECT count(*) FROM portal_session").fetchone() == (0,)
        open_session(connection, user, user.created_at)
    assert said(rosterline("user", "remove", ADA, "--json"))["state"] == "removed"
    with connect(home) as connection:
        assert find_user(connection, ADA) is None
        assert connection.execute("SELECT count(*) FROM portal_session").fetchone() == (0,)


def test_the_last_admin_is_not_removed(rosterline):
    rosterline("user", "add", ADA, "-a", "acme")
    refused = rosterline("user", "remove", ADA)
    assert refused.exit_code == 1
    assert "is the last admin" in refused.stderr
