"""What all pages of the settings share."""

import pytest

from gateway.portal.settings.section_pages import SECTIONS
from registry.accounts.activity_log import list_events
from tests.gateway.portal.rosters import text_of


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
