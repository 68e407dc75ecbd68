"""Two patients of one's choice, from the list of patients to the page of their pair."""

import re

import pytest

from registry.database.account_lock import lock_account
from registry.database.connections import connect
from tests.gateway.portal.reviews.conftest import OLDER, YOUNGER, path_of
from tests.gateway.portal.rosters import GOOD, text_of
from tests.importing import process, put

COMPARE = "/patients/compare"


@pytest.fixture
def two(clinic, connection, portal, tmp_path):
    """Ann and Bea, of whom no search says that they are one."""
    roster = GOOD + "C-2,Bea,Other,1950,f,,,,Acme\n"
    done = process(portal, connection, put(portal, connection, clinic, roster, folder=tmp_path))
    connection.commit()
    return done


def ids(done):
    return [str(done.patient(line)) for line in (OLDER, YOUNGER)]


def ticked(page):
    return re.findall(r'name="patient" value="([^"]+)" checked', page.text)


def test_two_of_the_list_are_compared_and_merged_with_a_choice_per_field(two, connection, browse):
    rita = browse("reviewer@clinic.test")
    assert 'form="compare"' in rita.get("/patients").text
    page = rita.post(COMPARE, on="/patients", patient=ids(two))
    assert rita.path == path_of(two)
    assert "Are these one person?" in text_of(page)
    rita.post(path_of(two, "/same"), **{"keep:first_name": "older"})
    said = text_of(rita.get(f"/patients/{two.patient(YOUNGER)}"))
    assert rita.path == f"/patients/{two.patient(OLDER)}"
    assert "First name Ann" in said
    trail = connection.execute(
        "SELECT detail FROM access_event WHERE action = 'review' ORDER BY id"
    ).fetchall()
    assert trail[0] == (f"ask {' '.join(ids(two))}",)


@pytest.mark.parametrize(
    ("count", "words"),
    [
        (0, "No patient is chosen; choose the two that you want to compare"),
        (1, "Only one patient is chosen; choose a second one."),
        (3, "3 patients are chosen; two are compared at a time"),
    ],
)
def test_another_number_than_two_is_said_over_the_same_list(count, words, two, connection, browse):
    everybody = [*ids(two), "00000000-0000-7000-8000-000000000000"]
    rita = browse("reviewer@clinic.test")
    page = rita.post(COMPARE, patient=everybody[:count], sort="name", group="acme")
    assert page.status_code == 409
    assert words in text_of(page)
    assert set(ticked(page)) == set(everybody[:count]) & set(ids(two))
    assert re.findall(r"(?:Other|Sample), \w+</a>", page.text) == ["Other, Bea</a>",
                                                                   "Sample, Ann</a>"]  # fmt: skip
    assert 'name="group" value="acme"' in page.text
    assert connection.execute("SELECT count(*) FROM review").fetchone() == (0,)


def test_a_choice_among_those_who_were_found_stays_with_the_search(two, browse):
    rita = browse("reviewer@clinic.test")
    found = rita.post("/patients", text="acme")
    assert 'name="text" value="acme"' in found.text
    page = rita.post(COMPARE, patient=ids(two)[:1], text="acme")
    assert "2 found" in text_of(page)
    assert ticked(page) == ids(two)[:1]
    assert "acme" not in str(page.url)


def test_a_pair_that_cannot_be_asked_about_says_why(two, clinic, portal, browse):
    rita = browse("reviewer@clinic.test")
    with connect(portal) as writing:
        lock_account(writing, clinic.id)
        page = rita.post(COMPARE, patient=ids(two))
    assert page.status_code == 503
    assert "An import of this account is being written" in text_of(page)
    assert len(ticked(page)) == 2


@pytest.mark.usefixtures("other")
def test_who_may_not_review_chooses_nobody(two, browse):
    eve = browse("importer@clinic.test")
    assert 'name="patient"' not in eve.get("/patients").text
    assert eve.post(COMPARE, patient=ids(two)).status_code == 403
    assert browse("reviewer@other.test").post(COMPARE, patient=ids(two)).status_code == 404


@pytest.mark.usefixtures("two")
@pytest.mark.parametrize("form", [{"patient": ["a", "b"]}, {"after": "a"}, {"sort": "shoe size"}])
def test_a_form_that_no_page_made_is_refused(form, browse):
    assert browse("reviewer@clinic.test").post(COMPARE, **form).status_code in (400, 404)
