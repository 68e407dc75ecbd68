"""Undo in the portal: the numbers first, then the undo, once."""

import re

import pytest

from registry.ledger.imports import get_import
from tests.gateway.portal.undo_cases import FIRST, SECOND, import_both, page_of
from tests.importing import process, put


@pytest.fixture
def imports(clinic, connection, portal, tmp_path):
    return import_both(portal, connection, clinic, tmp_path)


def names(connection):
    found = connection.execute("SELECT first_name FROM patient ORDER BY 1").fetchall()
    connection.commit()
    return [name for (name,) in found]


def test_the_page_shows_the_numbers_and_changes_nothing(browse, connection, imports):
    rita = browse("reviewer@clinic.test")
    page = rita.get(page_of(imports[1]))
    assert "Undo this import …" in page.text
    asked = rita.get(page_of(imports[1], "/undo")).text
    tiles = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", asked)
    assert tiles == [("Patients removed", "1"), ("Patients set back", "1"), ("Values kept", "0")]
    assert "Undo, and remove 1 patient<" in asked
    assert names(connection) == ["Adele", "Ben", "Cleo"]


def test_an_import_is_undone_once_and_the_page_says_by_whom(browse, connection, imports):
    rita, ada = browse("reviewer@clinic.test"), browse("admin@clinic.test")
    where = page_of(imports[1], "/undo")
    for page in (rita.get(where), ada.get(where)):
        assert page.status_code == 200
    done = rita.post(where, seen=rita.token(where, "seen"))
    assert done.url.path == page_of(imports[1])
    assert "This import was undone" in done.text
    assert "reviewer@clinic.test undid it on" in done.text
    assert "Undo this import …" not in done.text
    assert names(connection) == ["Ada", "Ben"]
    # The second click, and somebody else's page of before.
    again = ada.post(where, seen="1-1-0")
    assert "reviewer@clinic.test undid it on" in again.text
    assert rita.get(where).url.path == page_of(imports[1])
    trail = connection.execute(
        "SELECT user_name, action, file_name, detail FROM access_event WHERE action = 'undo'"
    ).fetchall()
    assert trail == [
        ("reviewer@clinic.test", "undo", "roster.csv", "1 removed, 1 set back, 0 kept")
    ]
    assert '<span class="state warn">Undone</span>' in rita.get("/imports").text


def test_nothing_is_undone_if_the_numbers_changed_since_the_page(
    browse, connection, clinic, portal, imports, tmp_path
):
    rita = browse("reviewer@clinic.test")
    where = page_of(imports[1], "/undo")
    seen = rita.get(where) and rita.token(where, "seen")
    later = put(portal, connection, clinic, SECOND, folder=tmp_path)
    process(portal, connection, later)
    connection.commit()
    answer = rita.post(where, seen=seen)
    assert answer.status_code == 409
    assert "Patients changed since you opened this page" in answer.text
    assert names(connection) == ["Adele", "Ben", "Cleo"]
    assert connection.execute("SELECT count(*) FROM decision").fetchone() == (0,)


def test_a_check_or_an_unfinished_import_cannot_be_undone(
    browse, connection, clinic, portal, tmp_path
):
    rita = browse("reviewer@clinic.test")
    check = put(portal, connection, clinic, FIRST, folder=tmp_path, dry_run=True)
    waiting = put(portal, connection, clinic, FIRST, folder=tmp_path)
    process(portal, connection, check)
    connection.commit()
    for imported in (check, waiting):
        for answer in (
            rita.get(f"/imports/{imported.id}/undo"),
            rita.post(f"/imports/{imported.id}/undo", seen="0-0-0"),
        ):
            assert answer.status_code == 409
            assert "Undo this import …" not in rita.get(f"/imports/{imported.id}").text
    assert get_import(connection, waiting.partition_key).state == "waiting"
