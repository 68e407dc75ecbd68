import json

import asyncssh
import pytest

from gateway.passwords import verify_password
from registry.accounts import sftp_users
from registry.accounts.accounts import add_account
from registry.accounts.activity_log import AccessEvent
from registry.accounts.bans import refuse_sign_in


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
        assert sheet["host keys"].count("SHA256:") == 2
        stored = sftp_users.get_user(connection, "sunrise-clinic").password_hash
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
        assert sheet["public keys"] == key.get_fingerprint()
        assert sftp_users.get_user(connection, "night").password_hash is None

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
        stored = sftp_users.get_user(connection, "night").password_hash
        assert verify_password(stored, new)
        assert not verify_password(stored, user["password"])

    def test_a_password_can_be_taken_away(self, rosterline, connection):
        said(sftp(rosterline, "password", "night", "--none"))
        assert sftp_users.get_user(connection, "night").password_hash is None

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
        for _ in range(database.sftp_max_failures):
            event = AccessEvent(
                "sign_in", refused=True, user_name="night", address="192.0.2.7", detail="wrong"
            )
            refuse_sign_in(connection, database, event)
        connection.commit()
        bans = said(sftp(rosterline, "bans"))
        assert {ban["address"] or ban["user_name"] for ban in bans} == {"192.0.2.7", "night"}
        assert "192.0.2.7" in sftp(rosterline, "log", json_=False).stdout
        assert sftp(rosterline, "unban").exit_code == 1
        said(sftp(rosterline, "unban", "--address", "192.0.2.7", "--user", "night"))
        assert said(sftp(rosterline, "bans")) == []
