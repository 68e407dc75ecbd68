"""Changed identities at the portal: the queue, the two persons, and the reviewer's decision."""

import re

import pytest

from tests.gateway.portal.rosters import text_of
from tests.importing import process, put

JOHN = "C-1,John,Doe,1977,m,j@x.org\n"
JANE = "C-1,Jane,Roe,1980,f\n"


@pytest.fixture
def changed(clinic, connection, portal, tmp_path):
    """A client who became somebody else; the patient's id."""
    for content in (JOHN, JANE):
        done = process(
            portal, connection, put(portal, connection, clinic, content, folder=tmp_path)
        )
    connection.commit()
    return done.patient(1)


def open_first(rita):
    return rita.get(
        re.search(
            r'href="(/review/identities/[0-9a-f-]{36})"', rita.get("/review/identities").text
        )[1]
    )


@pytest.mark.usefixtures("changed")
def test_the_queue_shows_the_patient_the_row_and_what_became_of_it(browse):
    said = text_of(browse("reviewer@clinic.test").get("/review/identities"))
    assert "Jane Roe 1980, F" in said
    assert "roster.csv , line 1 Made the patient the row" in said
    assert "Review 1 waiting" in said


@pytest.mark.usefixtures("changed")
def test_where_no_pair_waits_the_page_leads_to_what_the_number_in_the_menu_counts(browse):
    said = text_of(browse("reviewer@clinic.test").get("/review"))
    assert "Nothing to review" in said
    assert "See the changed identities that wait" in said


def test_the_former_person_is_put_back_and_the_decision_taken_back(changed, browse):
    rita = browse("reviewer@clinic.test")
    open_first(rita)
    said = text_of(rita.page)
    assert "Is the row right?" in said
    assert "First name John Jane" in said
    assert "j@x.org \N{EN DASH}" in said
    path = rita.path
    rita.post(f"{path}/wrong", on=path)
    assert "The row is wrong" in text_of(rita.page)
    assert "Decided by reviewer@clinic.test" in text_of(rita.page)
    history = text_of(rita.get(f"/patients/{changed}"))
    assert "John Doe" in history
    assert "decided who this is by reviewer@clinic.test" in history
    assert "The row is wrong" in text_of(rita.get("/review/identities/judged"))
    rita.post(f"{path}/ask-again", on=path)
    assert "Is the row right?" in text_of(rita.page)
    assert "Jane Roe" in text_of(rita.get(f"/patients/{changed}"))
    rita.post(f"{path}/right", on=path)
    assert "The row is right" in text_of(rita.page)
    assert rita.post(f"{path}/right", on=path).status_code == 409


@pytest.mark.usefixtures("changed")
def test_each_decision_is_in_the_activity_log(browse, connection):
    rita = browse("reviewer@clinic.test")
    path = open_first(rita).url.path
    rita.post(f"{path}/wrong", on=path)
    logged = connection.execute(
        "SELECT user_name, detail FROM access_event WHERE action = 'review'"
    ).fetchall()
    assert logged == [("reviewer@clinic.test", f"wrong {path.rpartition('/')[2]}")]


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("mark", ["x", "2026-11-01_x"])
def test_an_invalid_position_is_not_found(browse, mark):
    assert browse("reviewer@clinic.test").get("/review/identities", after=mark).status_code == 404


@pytest.mark.usefixtures("changed")
def test_pages_of_the_queue_follow_one_another(browse, connection):
    connection.execute(
        "INSERT INTO identity_review (account_id, patient_id, import_id, attempt, line, is_applied,"
        " person, facts, created_at) SELECT account_id, patient_id, import_id, attempt, line + n,"
        " FALSE, 'x', '[]', created_at + n * interval '1 minute' FROM identity_review,"
        " generate_series(1, 59) AS n"
    )
    connection.commit()
    rita, path, seen = browse("reviewer@clinic.test"), "/review/identities", []
    while path:
        page = rita.get(path)
        seen += re.findall(r"line (\d+)</td>", page.text)
        following = re.search(r'rel="next" href="([^"]+)"', page.text)
        path = following and following[1].replace("&amp;", "&")
    assert seen == [str(n) for n in range(1, 61)]
