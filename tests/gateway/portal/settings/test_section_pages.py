"""What all pages of the settings share."""

import pytest

from gateway.portal.settings.section_pages import SECTIONS
from registry.accounts.activity_log import list_events
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.settings.conftest import secret_of


def test_an_unknown_action_is_refused(ada):
    assert ada.post("/admin/users", do="drop").status_code == 400


@pytest.mark.parametrize("section", SECTIONS)
def test_every_section_shows_the_menu_and_its_own_place_in_it(ada, section):
    page = ada.get(f"/admin/{section}")
    assert page.status_code == 200
    for path, each in SECTIONS.items():
        assert f'href="/admin/{path}"' in page.text
        assert each.label in text_of(page)
    current = f'<a href="/admin/{section}" aria-current="page">{SECTIONS[section].label}</a>'
    assert current in page.text


def test_an_action_is_logged_if_it_was_done_and_not_if_it_was_refused(ada, connection):
    ada.post("/admin/lists", do="cohort", name="Diabetes")
    ada.post("/admin/lists", do="cohort", name="Diabetes")
    ada.post("/admin/lists", do="drop", name="Diabetes")
    changes = [each.detail for each in list_events(connection) if each.action == "change"]
    assert changes == ["lists: cohort Diabetes"]


def test_the_settings_begin_with_a_page_of_all_sections(ada):
    page = ada.get("/settings")
    for path, each in SECTIONS.items():
        assert f'href="/admin/{path}"' in page.text
        assert each.label in text_of(page)
    assert ada.get("/admin").url.path == "/settings"


def test_a_reload_after_a_form_repeats_nothing_and_shows_no_secret_again(ada):
    ada.post("/admin/keys", do="add", name="nightly", scope="full")
    assert [each.status_code for each in ada.page.history] == [303]
    secret = secret_of(ada.page)
    again = ada.get(ada.path)
    assert secret not in again.text
    assert again.text.count(">nightly<") == 1


def test_what_a_form_said_is_told_to_its_own_session_only(ada, browse):
    answer = ada.client.post(
        "/admin/lists", data={"csrf": ada.token(), "do": "cohort", "name": "Diabetes"}
    )
    (name, said), *_ = answer.cookies.items()
    assert name == "rosterline-said"
    assert "Diabetes" not in said
    other = browse("admin@clinic.test")
    for cookie in (said, said[:-8], "x"):
        other.client.cookies.set(name, cookie)
        assert 'class="notice good"' not in other.get("/admin/lists").text
