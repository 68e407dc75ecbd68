"""A patient's page: values with their origins, the history, and what undo and merge leave."""

import re

import pytest

from tests.gateway.portal.rosters import GOOD, text_of
from tests.gateway.portal.undo_cases import import_both, page_of
from tests.importing import process, put


@pytest.fixture
def imports(clinic, connection, portal, tmp_path):
    return import_both(portal, connection, clinic, tmp_path)


def test_a_patient_shows_where_each_value_came_from_and_what_was_before(
    clinic, connection, portal, browse, tmp_path
):
    first = put(portal, connection, clinic, GOOD, folder=tmp_path, name="january.csv")
    done = process(portal, connection, first)
    later = GOOD.replace("ann@example.com", "ann@new.example")
    process(portal, connection, put(portal, connection, clinic, f"X-1,Zoe,Other,1970,f\n{later}",
                                    folder=tmp_path, name="february.csv"))  # fmt: skip
    connection.commit()
    ada = browse("viewer@clinic.test")
    page = text_of(ada.get(f"/patients/{done.patient(1)}"))
    assert "First name Ann january.csv , line 1" in page
    assert "E-mail ann@new.example february.csv , line 2" in page
    assert "ann@example.com → ann@new.example" in page
    assert page.index("february.csv , line 2 ·") < page.index("january.csv , line 1 ·")
    trail = connection.execute("SELECT detail FROM access_event WHERE action = 'view'").fetchall()
    assert trail == [(f"patient {done.patient(1)}",)]


def test_the_history_names_an_undo(browse, imports):
    rita = browse("reviewer@clinic.test")
    where = page_of(imports[1], "/undo")
    rita.post(where, seen=rita.token(where, "seen"))
    page = rita.get(f"/patients/{imports[0].patient(1)}").text
    assert "undo of <a" in page
    assert "by reviewer@clinic.test" in page
    name = re.search(
        r'<td[^>]*>First name</td>\s*<td class="strong"[^>]*>Ada</td>\s*<td[^>]*>(.*?)</td>',
        page,
        re.DOTALL,
    )
    assert name
    assert str(imports[0].imported.id) in name[1]


@pytest.mark.usefixtures("other")
def test_a_removed_patient_keeps_a_page_with_the_history(browse, imports):
    rita = browse("reviewer@clinic.test")
    where = page_of(imports[1], "/undo")
    rita.post(where, seen=rita.token(where, "seen"))
    address = f"/patients/{imports[1].patient(2)}"
    assert address in rita.get(page_of(imports[1]), show="all").text
    page = rita.get(address).text
    assert "<h1>Cleo Sample</h1>" in page
    assert "This patient was removed" in page
    assert page.count("by reviewer@clinic.test") == 2, "above, and in the history"
    assert "<ins>Cleo</ins>" in page
    assert "<del>Cleo</del>" in page
    assert "Cleo" not in rita.get("/patients").text
    assert browse("admin@other.test").get(address).status_code == 404


def test_a_social_security_number_is_shown_to_who_asks_and_that_is_logged(
    clinic, connection, portal, browse, tmp_path
):
    done = process(portal, connection, put(portal, connection, clinic, GOOD, folder=tmp_path))
    patient = done.patient(1)
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " VALUES (%s, 'ssn/123456789', '123456789', %s)",
        (patient, clinic.id),
    )
    connection.commit()
    ada = browse("viewer@clinic.test")
    assert "123456789" not in ada.get(f"/patients/{patient}").text
    assert "•••-••-6789" in ada.page.text
    assert "123456789" in ada.post(f"/patients/{patient}/reveal").text
    assert "Show the social security number" not in ada.page.text
    trail = connection.execute(
        "SELECT detail FROM access_event WHERE action = 'view' ORDER BY id"
    ).fetchall()
    assert [row[0] for row in trail] == [
        f"patient {patient}", f"social security number of patient {patient}",
    ]  # fmt: skip
