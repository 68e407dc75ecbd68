"""Values corrected at the portal: the form, what it refuses, and the way back."""

import re

import pytest

from tests.gateway.portal.rosters import GOOD, text_of
from tests.importing import process, put


@pytest.fixture
def ann(clinic, connection, portal, tmp_path):
    """The page of Ann, whom a file created."""
    done = process(portal, connection, put(portal, connection, clinic, GOOD, folder=tmp_path))
    connection.commit()
    return f"/patients/{done.patient(1)}"


def fields_of(page):
    """The form as a browser would send it unchanged."""
    found = re.findall(r'<input (?:type="hidden" )?name="([^"]+)" value="([^"]*)"', page.text)
    return {name: value for name, value in found if name.startswith(("value.", "was.", "add."))}


def test_a_value_is_corrected_seen_and_taken_back(
    ann, browse, connection, portal, clinic, tmp_path
):
    rita = browse("reviewer@clinic.test")
    form = fields_of(rita.get(f"{ann}/correct"))
    assert form["value.email"] == "ann@example.com"
    wanted = form | {"value.email": "Ann@New.Example", "add.client_group": "Beta"}
    said = text_of(rita.post(f"{ann}/correct", on=f"{ann}/correct", **wanted))
    assert "The values were corrected." in said
    assert "E-mail ann@new.example by hand, reviewer@clinic.test" in said
    assert "Client group Beta by hand" in said
    again = rita.post(f"{ann}/correct", on=f"{ann}/correct", **wanted)
    assert "Nothing was changed." in text_of(again)

    process(portal, connection, put(portal, connection, clinic, GOOD, folder=tmp_path))
    connection.commit()
    assert "E-mail ann@new.example by hand" in text_of(rita.get(ann))

    (undo,) = set(re.findall(r'action="([^"]+/undo)"', rita.page.text))
    said = text_of(rita.post(undo))
    assert "The correction was taken back." in said
    assert "E-mail ann@example.com roster.csv" in said
    assert "by hand, reviewer@clinic.test Undone" in said
    trail = connection.execute(
        "SELECT detail FROM access_event WHERE action = 'change' ORDER BY id"
    ).fetchall()
    assert [detail.split(" ")[0] for (detail,) in trail] == ["correct", "take"]
    assert "new.example" not in str(trail)


def test_what_a_file_could_not_bring_a_form_cannot_either(ann, browse, connection):
    rita = browse("reviewer@clinic.test")
    form = fields_of(rita.get(f"{ann}/correct"))
    wrong = form | {"value.email": "ann at home", "value.gender": "x", "value.last_name": ""}
    page = rita.post(f"{ann}/correct", on=f"{ann}/correct", **wrong)
    said = text_of(page)
    assert page.status_code == 422
    assert "Email: ann at home is not an e-mail address" in said
    assert "Gender: x is not m or f" in said
    assert "Last name: is required" in said
    assert 'value="ann at home"' in page.text
    assert connection.execute("SELECT count(*) FROM decision").fetchone() == (0,)


def test_nobody_overwrites_what_they_have_not_seen(ann, browse):
    rita, ada = browse("reviewer@clinic.test"), browse("admin@clinic.test")
    form = fields_of(rita.get(f"{ann}/correct"))
    ada.post(f"{ann}/correct", on=f"{ann}/correct", **form | {"value.first_name": "Anna"})
    page = rita.post(f"{ann}/correct", on=f"{ann}/correct", **form | {"value.first_name": "Anne"})
    assert "A value was changed meanwhile; nothing was written, look again" in text_of(page)
    assert page.status_code == 409
    assert "First name Anna by hand, admin@clinic.test" in text_of(rita.get(ann))


def test_an_item_is_removed_by_a_mark_that_does_not_tell_it(ann, browse, connection):
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " SELECT id, 'ssn/900112222', '900112222', account_id FROM patient"
    )
    connection.commit()
    rita = browse("reviewer@clinic.test")
    page = rita.get(f"{ann}/correct")
    assert "900112222" not in page.text
    assert "•••-••-2222" in page.text
    marks = dict(re.findall(r'name="remove" value="(\w+)">.*?class="quiet">([^<]+)<', page.text))
    (mark,) = (mark for mark, label in marks.items() if label == "Social security number")
    rita.post(f"{ann}/correct", on=f"{ann}/correct", **fields_of(page), remove=mark)
    assert "Social security number" not in text_of(rita.get(f"{ann}/correct"))


def test_only_reviewers_and_administrators_correct(ann, browse):
    for role, may in (("viewer", False), ("importer", False), ("admin", True)):
        ada = browse(f"{role}@clinic.test")
        assert ("Correct values" in text_of(ada.get(ann))) is may
        assert (ada.get(f"{ann}/correct").status_code == 200) is may
