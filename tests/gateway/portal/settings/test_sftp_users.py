"""SFTP users: passwords, public keys, disable."""

from datetime import UTC, datetime

import pytest

from gateway.passwords import verify_password
from registry.accounts import sftp_users
from registry.accounts.sftp_sessions import LiveSession, say_they_live, wanted_to_end
from registry.ids import new_id
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.settings.conftest import secret_of
from tests.gateway.sftp.customers import key_of, public


def hash_of(connection):
    return sftp_users.find_credentials(connection, ["clinic-sftp"])["clinic-sftp"].password_hash


def test_sftp_users_get_passwords_and_keys(ada, connection, portal, clinic):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    first = hash_of(connection)
    assert verify_password(first, secret_of(ada.page))
    key = public(key_of("clinic-sftp"))
    ada.post("/admin/sftp", do="key", name="clinic-sftp", key=key.public_key)
    assert key.fingerprint in ada.page.text
    ada.post("/admin/sftp", do="remove-key", name="clinic-sftp", key=key.fingerprint)
    assert f"<code>{key.fingerprint}</code>" not in ada.page.text
    ada.post("/admin/sftp", do="password", name="clinic-sftp")
    ada.post("/admin/sftp", do="disable", name="clinic-sftp")
    connection.commit()
    assert sftp_users.get_user(connection, "clinic-sftp").disabled
    assert hash_of(connection) != first
    assert (portal.drop_dir / clinic.name).is_dir()


@pytest.mark.parametrize("key", ["", "no key", "-----BEGIN OPENSSH PRIVATE KEY-----"])
def test_text_that_is_no_public_key_is_refused(ada, key):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    assert ada.post("/admin/sftp", do="key", name="clinic-sftp", key=key).status_code == 409


def test_a_disabled_sftp_user_can_be_enabled_again(ada):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    said = text_of(ada.post("/admin/sftp", do="disable", name="clinic-sftp"))
    assert "clinic-sftp is disabled and cannot sign in." in said
    assert "clinic-sftp Disabled New password Enable" in said
    said = text_of(ada.post("/admin/sftp", do="enable", name="clinic-sftp"))
    assert "clinic-sftp New password Disable" in said


def test_the_page_names_the_server(ada, portal):
    said = text_of(ada.get("/admin/sftp"))
    assert f"Host {portal.sftp_host_for_customers} , port {portal.sftp_port} ." in said
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    said = text_of(ada.get("/admin/sftp"))
    address = f"clinic-sftp@{portal.sftp_host_for_customers}:{portal.sftp_port}"
    assert f"Address sftp://{address}/" in said


def test_the_comment_of_a_key_says_whose_it_is(ada):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    key = f"{public(key_of('clinic-sftp')).public_key} night job <b>"
    said = text_of(ada.post("/admin/sftp", do="key", name="clinic-sftp", key=key))
    assert "night job &lt;b&gt;" in ada.page.text
    assert f"{key_of('clinic-sftp').get_fingerprint()} night job" in said


def test_networks_are_set_and_lifted(ada, connection):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    written = "203.0.113.0/24, 2001:db8:5::/48"
    ada.post("/admin/sftp", do="networks", name="clinic-sftp", networks=written)
    assert f'value="{written}"' in ada.page.text
    user = sftp_users.get_user(connection, "clinic-sftp")
    assert user.may_come_from("203.0.113.9")
    assert not user.may_come_from("198.51.100.9")
    connection.commit()
    ada.post("/admin/sftp", do="networks", name="clinic-sftp", networks="")
    assert sftp_users.get_user(connection, "clinic-sftp").may_come_from("198.51.100.9")
    connection.commit()
    answer = ada.post("/admin/sftp", do="networks", name="clinic-sftp", networks="everywhere")
    assert answer.status_code == 409


class TestLiveSessions:
    @pytest.fixture
    def live(self, connection):
        """Sessions of a user of an account, as a server writes them."""

        def begin(account, name):
            now = datetime.now(UTC)
            one = LiveSession(new_id(now), account.id, name, "192.0.2.7", "password", now)
            say_they_live(connection, [one])
            connection.commit()
            return one

        return begin

    @pytest.mark.parametrize("who", ["admin", "operator"])
    def test_are_listed_and_ended(self, clinic, operator, browse, live, connection, who):
        session = live(clinic, "clinic-sftp")
        browser = browse("admin@clinic.test" if who == "admin" else operator)
        if who == "operator":
            browser.post("/accounts", name=clinic.name)
        said = text_of(browser.get("/admin/sftp"))
        assert "clinic-sftp from 192.0.2.7 since" in said
        answer = browser.post("/admin/sftp", do="end", name="clinic-sftp", session=str(session.id))
        assert answer.status_code == 200
        assert "ends within seconds" in text_of(answer)
        assert list(wanted_to_end(connection, [session.id])) == [session.id]

    def test_of_another_account_are_neither_seen_nor_ended(self, ada, other, live, connection):
        session = live(other, "other-sftp")
        assert "other-sftp" not in ada.get("/admin/sftp").text
        answer = ada.post("/admin/sftp", do="end", name="other-sftp", session=str(session.id))
        assert answer.status_code == 404
        assert not wanted_to_end(connection, [session.id])

    @pytest.mark.parametrize("session", ["", "x", "0"])
    def test_that_are_not_named_are_not_ended(self, ada, session):
        answer = ada.post("/admin/sftp", do="end", name="clinic-sftp", session=session)
        assert answer.status_code == 409

    @pytest.mark.parametrize("role", ["viewer", "importer", "reviewer"])
    def test_are_not_for_other_roles(self, clinic, browse, live, role):
        session = live(clinic, "clinic-sftp")
        browser = browse(f"{role}@clinic.test")
        assert browser.get("/admin/sftp").status_code == 403
        answer = browser.post("/admin/sftp", do="end", name="clinic-sftp", session=str(session.id))
        assert answer.status_code == 403
