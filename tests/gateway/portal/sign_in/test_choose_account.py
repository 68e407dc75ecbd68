"""Operators choose the account whose pages they see."""

import pytest

from tests.gateway.portal.rosters import text_of

pytestmark = pytest.mark.usefixtures("clinic", "other")


def test_an_operator_begins_with_the_choice_of_an_account(browse, operator):
    eve = browse(operator)
    assert eve.get("/").url.path == "/accounts"
    said = text_of(eve.page)
    assert "Choose an account" in said
    assert "clinic ptdirect every night" in said
    assert "other ptdirect every night" in said


def test_every_page_needs_an_account(browse, operator):
    eve = browse(operator)
    for path in ("/imports", "/patients", "/review", "/admin/users"):
        assert eve.get(path).url.path == "/accounts"


def test_a_chosen_account_holds_until_another_one_is_chosen(browse, operator):
    eve = browse(operator)
    for name, foreign in (("clinic", "other"), ("other", "clinic")):
        assert eve.post("/accounts", name=name).url.path == "/desk"
        users = eve.get("/admin/users").text
        assert f"viewer@{name}.test" in users
        assert f"viewer@{foreign}.test" not in users
    assert eve.get("/").url.path == "/desk"


def test_the_choice_holds_for_its_session_only(browse, operator):
    eve, elsewhere = browse(operator), browse(operator)
    eve.post("/accounts", name="clinic")
    assert elsewhere.get("/imports").url.path == "/accounts"


def test_an_unknown_account_is_not_found(browse, operator):
    assert browse(operator).post("/accounts", name="nobody").status_code == 404
