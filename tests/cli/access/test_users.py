"""`rosterline user`: who may sign in at the portal."""

import json
from datetime import UTC, datetime

import pytest
from typer.testing import CliRunner

from cli.main import app
from gateway.passwords import verify_password
from registry.accounts.portal_links import find_linked_user
from registry.accounts.portal_sessions import open_session
from registry.accounts.portal_users import find_user, read_passwords
from registry.database.connections import connect
from tests.cli.access.test_keys import said
from tests.mailbox import running_mailbox

ADA = "ada@acme.test"


@pytest.fixture(autouse=True)
def acme(rosterline):
    return said(rosterline("account", "add", "acme", "--format", "ptdirect", "--json"))


def stored(home):
    with connect(home) as connection:
        return find_user(connection, ADA)


def hash_of(home):
    with connect(home) as connection:
        return read_passwords(connection, ADA).present


def test_a_user_gets_a_password_that_is_shown_once(rosterline, home, acme):
    added = said(rosterline("user", "add", ADA, "-a", "acme", "--json"))
    user = stored(home)
    assert (user.account_id, user.role, user.disabled) == (acme["id"], "admin", False)
    assert user.must_change_password
    assert verify_password(hash_of(home), added["password"])
    assert added["portal"] == home.api_url
    assert added["password"] not in rosterline("user", "list").stdout


def test_a_new_password_may_come_from_standard_input_and_ends_sessions(rosterline, home):
    rosterline("user", "add", ADA, "-a", "acme", "--role", "viewer")
    with connect(home) as connection:
        open_session(connection, find_user(connection, ADA), stored(home).created_at)
    words = ["user", "password", ADA, "--password-stdin"]
    given = CliRunner().invoke(app, words, input="right-horse-battery\n")
    assert given.exit_code == 0
    assert "right-horse-battery" not in given.stdout
    assert verify_password(hash_of(home), "right-horse-battery")
    with connect(home) as connection:
        assert connection.execute("SELECT count(*) FROM portal_session").fetchone() == (0,)


def test_operators_have_no_account_and_are_listed_with_all_users(rosterline):
    rosterline("user", "add", ADA, "-a", "acme", "--role", "importer")
    rosterline("user", "add", "ops@rosterline.test", "--operator")
    listed = said(rosterline("user", "list", "--json"))
    assert [(each["user"], each["account"], each["role"]) for each in listed] == [
        (ADA, "acme", "importer"),
        ("ops@rosterline.test", None, "operator"),
    ]
    assert len(said(rosterline("user", "list", "-a", "acme", "--json"))) == 1


def test_a_user_is_disabled_and_enabled_again(rosterline, home):
    rosterline("user", "add", ADA, "-a", "acme", "--role", "importer")
    assert said(rosterline("user", "disable", ADA, "--json"))["state"] == "disabled"
    assert stored(home).disabled
    assert said(rosterline("user", "enable", ADA, "--json"))["state"] == "active"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("add", ADA), "--account NAME, or --operator"),
        (("add", ADA, "-a", "acme", "--operator"), "--account NAME, or --operator"),
        (("add", "ada", "-a", "acme"), "must be an e-mail address"),
        (("add", ADA, "-a", "nowhere"), "there is no account"),
        (("password", ADA), "there is no user"),
        (("disable", ADA), "there is no user"),
    ],
)
def test_what_cannot_be_done_is_explained(rosterline, words, expected):
    refused = rosterline("user", *words, "--json")
    assert refused.exit_code == 1
    assert expected in json.loads(refused.stderr.strip().splitlines()[-1])["message"]


def test_an_invited_user_has_no_password_and_the_link_is_printed(rosterline, home):
    added = said(
        rosterline("user", "add", ADA, "-a", "acme", "--role", "viewer", "--invite", "--json")
    )
    assert added["password"] is None
    assert not stored(home).has_password
    token = added["link"].removeprefix(f"{home.api_url}/set-password/")
    with connect(home) as connection:
        assert find_linked_user(connection, token, datetime.now(UTC)).name == ADA
    again = said(rosterline("user", "invite", ADA, "--json"))
    assert again["link"] != added["link"]
    rosterline("user", "disable", ADA)
    assert "is disabled" in rosterline("user", "invite", ADA).stderr


@pytest.mark.usefixtures("home")
def test_with_a_mail_server_the_link_is_sent_and_not_printed(rosterline, monkeypatch):
    with running_mailbox() as mailbox:
        for name, value in (
            ("HOST", "127.0.0.1"),
            ("PORT", str(mailbox.port)),
            ("SECURITY", "none"),
            ("FROM", "no-reply@rosterline.test"),
        ):
            monkeypatch.setenv(f"ROSTERLINE_SMTP_{name}", value)
        added = rosterline("user", "add", ADA, "-a", "acme", "--invite")
        assert added.exit_code == 0
        mailbox.refuses = "554 no"
        refused = rosterline("user", "invite", ADA)
    assert "/set-password/" not in added.stdout + added.stderr
    assert "/set-password/" in mailbox.came[0][1]
    assert refused.exit_code == 1
    assert "did not take the mail" in refused.stderr
