"""SFTP users: passwords, public keys, disable."""

import pytest

from gateway.passwords import verify_password
from registry.accounts import sftp_users
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.settings.conftest import secret_of
from tests.gateway.sftp.customers import key_of, public


def test_sftp_users_get_passwords_and_keys(ada, connection, portal, clinic):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    user = sftp_users.get_user(connection, "clinic-sftp")
    assert verify_password(user.password_hash, secret_of(ada.page))
    key = public(key_of("clinic-sftp"))
    ada.post("/admin/sftp", do="key", name="clinic-sftp", key=key.public_key)
    assert key.fingerprint in ada.page.text
    ada.post("/admin/sftp", do="remove-key", name="clinic-sftp", key=key.fingerprint)
    assert f"<code>{key.fingerprint}</code>" not in ada.page.text
    ada.post("/admin/sftp", do="password", name="clinic-sftp")
    ada.post("/admin/sftp", do="disable", name="clinic-sftp")
    connection.commit()
    changed = sftp_users.get_user(connection, "clinic-sftp")
    assert changed.disabled
    assert changed.password_hash != user.password_hash
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
