"""Facilities and cohorts."""

from registry.accounts.accounts import list_cohorts, list_facilities


def test_facilities_and_cohorts_are_added_once(ada, connection, clinic):
    ada.post("/admin/lists", do="facility", name="Main Street")
    ada.post("/admin/lists", do="cohort", name="Diabetes")
    assert ada.post("/admin/lists", do="cohort", name="Diabetes").status_code == 409
    assert ada.post("/admin/lists", do="facility", name="  ").status_code == 409
    connection.commit()
    assert [each.name for each in list_facilities(connection, clinic)] == ["Main Street"]
    assert [each.name for each in list_cohorts(connection, clinic)] == ["Diabetes"]
