"""Settings of an account: users, keys, SFTP, webhook, lists, how files are judged."""

import re

import pytest

from gateway.passwords import verify_password
from registry.accounts import sftp_users
from registry.accounts.accounts import account_by_id, list_cohorts, list_facilities
from registry.accounts.api_keys import entered, list_keys
from registry.accounts.portal_users import find_user
from registry.webhooks.endpoints import get_webhook
from schemas.errors import UnknownKey
from tests.gateway.portal.rosters import text_of
from tests.gateway.sftp.customers import key_of, public


@pytest.fixture
def ada(clinic, browse):
    assert clinic
    return browse("admin@clinic.test")


def secret_of(page) -> str:
    found = re.search(r'class="secret">([^<]+)<', page.text)
    assert found, text_of(page)
    return found[1]


def test_a_new_user_signs_in_with_the_password_that_was_shown_once(ada, browse):
    ada.post("/admin/users", do="add", name="New@Clinic.test", role="importer")
    password = secret_of(ada.page)
    assert password not in ada.get("/admin/users").text
    assert browse("new@clinic.test", password).get("/import").status_code == 200


def test_a_new_password_ends_the_sessions_of_its_user(ada, browse):
    eve = browse("viewer@clinic.test")
    ada.post("/admin/users", do="password", name="viewer@clinic.test")
    password = secret_of(ada.page)
    assert eve.get("/imports").url.path == "/sign-in"
    browse("viewer@clinic.test", password)


def test_a_role_holds_from_the_next_click_on(ada, browse):
    eve = browse("viewer@clinic.test")
    assert eve.get("/import").status_code == 403
    ada.post("/admin/users", do="role", name="viewer@clinic.test", role="importer")
    assert eve.get("/import").status_code == 200
    ada.post("/admin/users", do="disable", name="viewer@clinic.test")
    assert eve.get("/import").url.path == "/sign-in"
    ada.post("/admin/users", do="enable", name="viewer@clinic.test")
    assert "Kept out" not in ada.page.text


@pytest.mark.parametrize(
    ("form", "words"),
    [
        ({"do": "add", "name": "no address", "role": "viewer"}, "must be an e-mail address"),
        ({"do": "add", "name": "viewer@clinic.test", "role": "viewer"}, "there is already a user"),
        ({"do": "role", "name": "admin@clinic.test", "role": "viewer"}, "is the last admin"),
        ({"do": "disable", "name": "admin@clinic.test"}, "is the last admin"),
        ({"do": "role", "name": "nobody@clinic.test", "role": "admin"}, "there is no user"),
    ],
)
def test_what_cannot_be_done_with_users_is_told_on_the_page(ada, form, words):
    page = ada.post("/admin/users", **form)
    assert page.status_code in (404, 409)
    assert words in text_of(page)[:2000].lower() or words in text_of(page)
    assert "Add a user" in page.text


def test_an_unknown_action_is_none(ada):
    assert ada.post("/admin/users", do="drop").status_code == 400


def test_a_key_works_until_it_is_revoked(ada, connection, clinic):
    ada.post("/admin/keys", do="add", name="nightly", scope="read")
    secret = secret_of(ada.page)
    with entered(connection, secret) as caller:
        assert caller.scope == "read"
    ada.post("/admin/keys", do="revoke", name="nightly")
    with pytest.raises(UnknownKey), entered(connection, secret):
        pass
    assert [key.name for key in list_keys(connection, clinic)] == ["nightly"]
    assert "Revoked" in ada.page.text


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
def test_what_is_no_public_key_is_refused(ada, key):
    ada.post("/admin/sftp", do="add", name="clinic-sftp")
    assert ada.post("/admin/sftp", do="key", name="clinic-sftp", key=key).status_code == 409


def test_a_webhook_is_kept_even_where_nobody_answers(ada, connection, clinic):
    page = ada.post("/admin/webhook", do="set", url="https://nobody.invalid/hook")
    assert "Kept, but the ping failed" in text_of(page)
    connection.commit()
    assert get_webhook(connection, clinic.id).url == "https://nobody.invalid/hook"
    assert ada.post("/admin/webhook", do="set", url="http://plain.test/").status_code == 409
    assert ada.post("/admin/webhook", do="retry").status_code == 200
    ada.post("/admin/webhook", do="set", url="")
    connection.commit()
    assert get_webhook(connection, clinic.id).url is None


def test_facilities_and_cohorts_are_added_once(ada, connection, clinic):
    ada.post("/admin/lists", do="facility", name="Main Street")
    ada.post("/admin/lists", do="cohort", name="Diabetes")
    assert ada.post("/admin/lists", do="cohort", name="Diabetes").status_code == 409
    assert ada.post("/admin/lists", do="facility", name="  ").status_code == 409
    connection.commit()
    assert [each.name for each in list_facilities(connection, clinic)] == ["Main Street"]
    assert [each.name for each in list_cohorts(connection, clinic)] == ["Diabetes"]


def test_how_files_are_judged_is_kept(ada, connection, clinic, browse, operator):
    ada.post("/admin/account", do="set", levels="High\n\n Low \nHigh", lenient="1")
    connection.commit()
    expected = {"risk_levels": ["High", "Low"], "lenient": True}
    assert account_by_id(connection, clinic.id).settings == expected
    eve = browse(operator)
    eve.post("/accounts", name="clinic")
    token = eve.token()
    eve.client.post(
        "/admin/account",
        data={"csrf": token, "do": "set", "levels": "", "format": ["metriport", "no format"]},
    )
    connection.commit()
    expected = {"risk_levels": [], "lenient": False, "further_formats": ["metriport"]}
    assert account_by_id(connection, clinic.id).settings == expected
    assert find_user(connection, operator).account_id is None


def test_the_trail_tells_of_changes_without_their_secrets(ada):
    ada.post("/admin/users", do="add", name="new@clinic.test", role="importer")
    password = secret_of(ada.page)
    page = ada.get("/admin/trail").text
    assert "users: add new@clinic.test" in page
    assert password not in page
