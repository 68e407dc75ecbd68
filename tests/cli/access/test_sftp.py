import json
from datetime import UTC, datetime, timedelta

import asyncssh
import pytest

from gateway.passwords import verify_password
from registry.accounts import sftp_users
from registry.accounts.accounts import add_account, get_account
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import begin_try, note_failure
from registry.accounts.sftp_sessions import LiveSession, say_they_live, wanted_to_end
from registry.ids import new_id

EVERYWHERE = "0.0.0.0"  # noqa: S104 - only a setting here


@pytest.fixture(autouse=True)
def _account(connection):
    add_account(connection, "sunrise", "thoroughcare", "America/New_York")
    connection.commit()


@pytest.fixture
def key_file(tmp_path):
    """A file with a public key, and the key."""
    key = asyncssh.generate_private_key("ssh-ed25519", comment="night job")
    path = tmp_path / "id.pub"
    path.write_bytes(key.export_public_key("openssh"))
    return path, key


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def sftp(rosterline, *arguments, json_=True):
    return rosterline("account", "sftp", *arguments, *(["--json"] if json_ else []))


class TestAdd:
    def test_it_prints_what_to_send_the_customer(self, rosterline, connection):
        sheet = said(sftp(rosterline, "add", "sunrise", "sunrise-clinic"))
        assert sheet["user"] == "sunrise-clinic"
        assert (sheet["upload to"], sheet["results in"]) == (
            "Pending Patient Imports",
            "Patient Import Results",
        )
        assert sheet["processed"] == "every night at midnight, America/New_York"
        assert sheet["host keys"].count("SHA256:") == 3
        assert sheet["address"] == f"sftp://sunrise-clinic@{sheet['host']}:{sheet['port']}/"
        stored = sftp_users.find_credentials(connection, ["sunrise-clinic"])[
            "sunrise-clinic"
        ].password_hash
        assert sheet["password"] not in stored
        assert stored.startswith("$argon2id$")
        assert verify_password(stored, sheet["password"])

    def test_the_password_is_shown_once(self, rosterline):
        password = said(sftp(rosterline, "add", "sunrise", "night"))["password"]
        assert len(password) >= 20
        assert said(sftp(rosterline, "show", "night"))["password"] is None
        assert password not in sftp(rosterline, "show", "night", json_=False).stdout

    def test_the_printed_sheet_has_all_a_customer_needs(self, rosterline):
        shown = sftp(rosterline, "add", "sunrise", "night", json_=False).stdout
        assert "SFTP for sunrise" in shown
        assert "Pending Patient Imports" in shown
        assert "rosterline template thoroughcare" in shown

    def test_a_user_may_have_a_key_and_no_password(self, rosterline, key_file, connection):
        path, key = key_file
        sheet = said(sftp(rosterline, "add", "sunrise", "night", "--key", path, "--no-password"))
        assert sheet["password"] is None
        assert sheet["public keys"] == f"{key.get_fingerprint()} night job"
        assert sftp_users.find_credentials(connection, ["night"])["night"].password_hash is None

    def test_a_user_needs_a_password_or_a_key(self, rosterline):
        assert sftp(rosterline, "add", "sunrise", "night", "--no-password").exit_code == 1

    @pytest.mark.parametrize("name", ["Night", "1st", "a" * 33, "", "a b", "../x"])
    def test_an_invalid_name_is_refused(self, rosterline, name):
        assert sftp(rosterline, "add", "sunrise", name).exit_code == 1

    def test_a_name_belongs_to_one_account_only(self, rosterline, connection):
        add_account(connection, "other", "thoroughcare")
        connection.commit()
        said(sftp(rosterline, "add", "sunrise", "night"))
        refused = sftp(rosterline, "add", "other", "night")
        assert refused.exit_code == 1
        assert "choose another name" in refused.stderr

    def test_a_private_key_is_refused_before_it_is_kept(self, rosterline, tmp_path):
        key = asyncssh.generate_private_key("ssh-ed25519")
        (tmp_path / "id").write_bytes(key.export_private_key("openssh"))
        refused = sftp(rosterline, "add", "sunrise", "night", "--key", tmp_path / "id")
        assert "private key" in refused.stderr
        assert said(sftp(rosterline, "list")) == []


class TestLater:
    @pytest.fixture(autouse=True)
    def user(self, rosterline):
        return said(sftp(rosterline, "add", "sunrise", "night"))

    def test_a_new_password_ends_the_old_one(self, rosterline, user, connection):
        new = said(sftp(rosterline, "password", "night"))["password"]
        stored = sftp_users.find_credentials(connection, ["night"])["night"].password_hash
        assert verify_password(stored, new)
        assert not verify_password(stored, user["password"])

    def test_a_password_can_be_taken_away(self, rosterline, connection):
        said(sftp(rosterline, "password", "night", "--none"))
        assert sftp_users.find_credentials(connection, ["night"])["night"].password_hash is None

    def test_keys_are_added_and_removed(self, rosterline, key_file):
        path, key = key_file
        said(sftp(rosterline, "key-add", "night", path))
        assert said(sftp(rosterline, "list"))[0]["keys"] == 1
        said(sftp(rosterline, "key-remove", "night", key.get_fingerprint()))
        assert said(sftp(rosterline, "list"))[0]["keys"] == 0
        again = sftp(rosterline, "key-remove", "night", key.get_fingerprint())
        assert "no key" in again.stderr

    def test_a_user_is_disabled_and_enabled(self, rosterline):
        said(sftp(rosterline, "disable", "night"))
        assert said(sftp(rosterline, "list", "--account", "sunrise"))[0]["disabled"] is True
        said(sftp(rosterline, "enable", "night"))
        assert said(sftp(rosterline, "list"))[0]["disabled"] is False

    def test_an_unknown_user_is_answered_with_the_known_ones(self, rosterline):
        assert "known users: night" in sftp(rosterline, "show", "day").stderr

    def test_the_log_and_the_bans_are_shown_and_a_ban_is_lifted(
        self, rosterline, connection, database
    ):
        event = AccessEvent("sign_in", refused=True, user_name="night", address="192.0.2.7")
        for _ in range(database.sftp_max_failures):
            attempt = begin_try(
                connection, database, "sftp_password", address="192.0.2.7", user_name="night"
            )
            note_failure(connection, attempt, event)
        connection.commit()
        (ban,) = said(sftp(rosterline, "bans"))
        assert (ban["address"], ban["user_name"]) == ("192.0.2.7", "night")
        assert "192.0.2.7" in sftp(rosterline, "bans", json_=False).stdout
        assert "192.0.2.7" in sftp(rosterline, "log", json_=False).stdout
        assert sftp(rosterline, "unban").exit_code == 1
        said(sftp(rosterline, "unban", "--address", "192.0.2.7", "--user", "night"))
        assert said(sftp(rosterline, "bans")) == []

    def test_networks_are_set_shown_and_lifted(self, rosterline):
        said(sftp(rosterline, "allow", "night", "203.0.113.0/24", "2001:db8:5::/48"))
        assert said(sftp(rosterline, "list"))[0]["from"] == "203.0.113.0/24, 2001:db8:5::/48"
        assert "203.0.113.0/24" in sftp(rosterline, "show", "night", json_=False).stdout
        said(sftp(rosterline, "allow", "night", "--anywhere"))
        assert said(sftp(rosterline, "list"))[0]["from"] == ""

    @pytest.mark.parametrize("network", ["203.0.113.7/24", "example.com", "10.0.0.0/33"])
    def test_what_is_no_network_is_refused_with_an_example(self, rosterline, network):
        refused = sftp(rosterline, "allow", "night", "192.0.2.1", network)
        assert refused.exit_code == 1
        assert network in refused.stderr
        assert "203.0.113.0/24" in refused.stderr
        assert said(sftp(rosterline, "list"))[0]["from"] == ""

    def test_networks_or_anywhere_must_be_named(self, rosterline):
        assert sftp(rosterline, "allow", "night").exit_code == 1
        assert sftp(rosterline, "allow", "night", "192.0.2.1", "--anywhere").exit_code == 1

    def test_a_user_is_removed_with_their_keys(self, rosterline, key_file):
        path, _ = key_file
        said(sftp(rosterline, "key-add", "night", path))
        said(sftp(rosterline, "remove", "night"))
        assert said(sftp(rosterline, "list")) == []
        said(sftp(rosterline, "add", "sunrise", "night"))
        assert said(sftp(rosterline, "list"))[0]["keys"] == 0

    def test_sessions_are_shown_and_ended(self, rosterline, connection):
        account = get_account(connection, "sunrise")
        now = datetime.now(UTC)
        sessions = [
            LiveSession(new_id(at), account.id, "night", address, "password", at)
            for address, at in (("192.0.2.7", now), ("192.0.2.8", now + timedelta(seconds=1)))
        ]
        say_they_live(connection, sessions)
        connection.commit()
        shown = said(sftp(rosterline, "sessions", "--account", "sunrise"))
        assert [each["address"] for each in shown] == ["192.0.2.7", "192.0.2.8"]
        assert "192.0.2.8" in sftp(rosterline, "sessions", json_=False).stdout
        said(sftp(rosterline, "end", "night", "--session", shown[1]["id"]))
        ids = [each.id for each in sessions]
        assert set(wanted_to_end(connection, ids)) == {ids[1]}
        connection.commit()
        said(sftp(rosterline, "end", "night"))
        assert set(wanted_to_end(connection, ids)) == set(ids)
        assert sftp(rosterline, "end", "day").exit_code == 1


class TestTheAddress:
    @pytest.mark.parametrize(
        ("variables", "address"),
        [
            ({"SFTP_PUBLIC_HOST": "sftp.example.com"}, "sftp://night@sftp.example.com:2222/"),
            (
                {"SFTP_PUBLIC_HOST": "sftp.example.com", "SFTP_PUBLIC_PORT": "22"},
                "sftp://night@sftp.example.com:22/",
            ),
            ({"SFTP_PUBLIC_HOST": "2001:db8::7"}, "sftp://night@[2001:db8::7]:2222/"),
        ],
    )
    def test_can_be_pasted(self, rosterline, monkeypatch, variables, address):
        for name, value in variables.items():
            monkeypatch.setenv(f"ROSTERLINE_{name}", value)
        monkeypatch.setenv("ROSTERLINE_SFTP_PORT", "2222")
        assert said(sftp(rosterline, "add", "sunrise", "night"))["address"] == address

    @pytest.mark.parametrize(
        ("listens", "host", "hint"),
        [
            ("127.0.0.1", "192.0.2.7", "listens on this machine only"),
            (EVERYWHERE, "no-such-host.invalid", "No address is known for 'no-such-host.invalid'"),
            (EVERYWHERE, "localhost", "'localhost' means to every machine that machine itself"),
            (EVERYWHERE, "192.0.2.7", None),
        ],
    )
    def test_comes_with_a_hint_where_customers_cannot_reach_it(
        self, rosterline, monkeypatch, listens, host, hint
    ):
        monkeypatch.setenv("ROSTERLINE_SFTP_HOST", listens)
        monkeypatch.setenv("ROSTERLINE_SFTP_PUBLIC_HOST", host)
        given = said(sftp(rosterline, "add", "sunrise", "night"))["hint"]
        assert (given is None) if hint is None else (hint in given)
        shown = " ".join(sftp(rosterline, "show", "night", json_=False).stdout.split())
        assert ("ROSTERLINE_SFTP_" in shown) == (hint is not None)


class TestWeakKeys:
    @pytest.mark.parametrize(
        ("algorithm", "size", "words"),
        [("ssh-rsa", {"key_size": 1024}, "at least 2048 bits"), ("ssh-dss", {}, "DSA keys")],
    )
    def test_are_refused_with_what_to_do(self, rosterline, tmp_path, algorithm, size, words):
        key = asyncssh.generate_private_key(algorithm, **size)
        (tmp_path / "id.pub").write_bytes(key.export_public_key("openssh"))
        refused = sftp(rosterline, "add", "sunrise", "night", "--key", tmp_path / "id.pub")
        assert words in refused.stderr
        assert "ssh-keygen -t ed25519" in refused.stderr
        assert said(sftp(rosterline, "list")) == []
