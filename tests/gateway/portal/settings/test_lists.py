"""Facilities and cohorts."""

import pytest

from registry.accounts.accounts import list_cohorts, list_facilities
from tests.gateway.portal.rosters import text_of


def test_facilities_and_cohorts_are_added_once(ada, connection, clinic):
    ada.post("/admin/lists", do="facility", name="Main Street")
    ada.post("/admin/lists", do="cohort", name="Diabetes")
    assert ada.post("/admin/lists", do="cohort", name="Diabetes").status_code == 409
    assert ada.post("/admin/lists", do="facility", name="  ").status_code == 409
    connection.commit()
    assert [each.name for each in list_facilities(connection, clinic)] == ["Main Street"]
    assert [each.name for each in list_cohorts(connection, clinic)] == ["Diabetes"]


def test_the_page_shows_names_with_the_ids_that_files_use(ada, connection, clinic):
    ada.post("/admin/lists", do="facility", name="Main Street")
    connection.commit()
    (facility,) = list_facilities(connection, clinic)
    said = text_of(ada.get("/admin/lists"))
    assert f"Main Street {facility.id}" in said
    assert "None yet." in said


@pytest.mark.parametrize("name", ["", "   ", "x" * 201, "two\nlines"])
def test_a_name_that_is_empty_long_or_of_two_lines_is_refused(ada, connection, clinic, name):
    answer = ada.post("/admin/lists", do="cohort", name=name)
    assert answer.status_code == 409
    assert "A name has 1 to 200 letters and no line breaks" in text_of(answer)
    connection.commit()
    assert list_cohorts(connection, clinic) == []
