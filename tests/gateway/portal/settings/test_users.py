"""Users: add, role, password, disable."""

import pytest

from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.settings.conftest import secret_of


def test_a_new_user_signs_in_with_the_password_that_was_shown_once(ada, browse):
    ada.post("/admin/users", do="add", name="New@Clinic.test", role="importer")
    password = secret_of(ada.page)
    assert password not in ada.get("/admin/users").text
    assert choose_password(browse("new@clinic.test", password)).get("/import").url.path == "/import"


def test_a_new_password_ends_the_sessions_of_its_user(ada, browse):
    eve = browse("viewer@clinic.test")
    ada.post("/admin/users", do="password", name="viewer@clinic.test")
    password = secret_of(ada.page)
    assert eve.get("/imports").url.path == "/sign-in"
    eve = choose_password(browse("viewer@clinic.test", password))
    assert eve.get("/imports").url.path == "/imports"


def test_a_session_of_a_disabled_user_does_not_live_again(ada, browse):
    eve = browse("viewer@clinic.test")
    for do in ("disable", "enable"):
        ada.post("/admin/users", do=do, name="viewer@clinic.test")
        assert eve.get("/imports").url.path == "/sign-in"


def choose_password(browser):
    new = "cobalt-otter-lantern"
    assert browser.get("/imports").url.path == "/password"
    browser.post("/password", new=new, again=new)
    return browser


def test_a_role_holds_from_the_next_click_on(ada, browse):
    eve = browse("viewer@clinic.test")
    assert eve.get("/import").status_code == 403
    ada.post("/admin/users", do="role", name="viewer@clinic.test", role="importer")
    assert eve.get("/import").status_code == 200
    ada.post("/admin/users", do="disable", name="viewer@clinic.test")
    assert eve.get("/import").url.path == "/sign-in"
    ada.post("/admin/users", do="enable", name="viewer@clinic.test")
    assert "Disabled" not in ada.page.text


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
def test_a_refused_change_of_users_is_explained_on_the_page(ada, form, words):
    page = ada.post("/admin/users", **form)
    assert page.status_code in (404, 409)
    assert words in text_of(page)[:2000].lower() or words in text_of(page)
    assert "Add a user" in page.text
