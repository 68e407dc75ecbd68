"""A check that would turn a patient into somebody else shows both of them before Import."""

import pytest

from tests.gateway.portal.rosters import text_of

JOHN = "C-1,John,Doe,1977,m,j@x.org,,,\n"
JANE = "C-1,Jane,Roe,1980,f,,,,\n"


@pytest.fixture
def check(ada, run):
    """The page of a check of Jane under John's number."""
    ada.check(JOHN)
    run()
    ada.post(f"{ada.path}/import")
    run()
    ada.check(JANE)
    run()
    return ada.path


def test_both_people_stand_side_by_side_in_a_warning_of_its_own(ada, check):
    said = text_of(ada.get(check))
    assert "This file would turn patients into other people" in said
    assert "1 John Doe born 1977, M Jane Roe born 1980, f" in said
    assert said.index("Jane Roe born") < said.index("Import 1 row")
    assert "1 to be imported has a warning" in said


def test_once_it_is_imported_the_check_no_longer_warns(ada, check, run):
    ada.post(f"{check}/import")
    run()
    assert "would turn patients" not in text_of(ada.get(check))
