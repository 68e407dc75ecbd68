"""Undo at the portal: the numbers first, then the deed, once."""

import re

import pytest

from registry.ledger.imports import get_import
from tests.importing import process, put

FIRST = "C-1,Ada,Sample,1980,f\nC-2,Ben,Sample,1981,m\n"
SECOND = "C-1,Adele,Sample,1980,f\nC-3,Cleo,Sample,1982,f\n"


@pytest.fixture
def imports(clinic, connection, portal, tmp_path):
    """Two imports of the clinic: one that creates two, one that changes one and creates one."""
    done = [
        process(portal, connection, put(portal, connection, clinic, content, folder=tmp_path))
        for content in (FIRST, SECOND)
    ]
    connection.commit()
    return done


def path_of(done, more=""):
    return f"/imports/{done.imported.id}{more}"


def names(connection):
    found = connection.execute("SELECT first_name FROM patient ORDER BY 1").fetchall()
    connection.commit()
    return [name for (name,) in found]


def test_the_numbers_come_first_and_change_nothing(browse, connection, imports):
    rita = browse("reviewer@clinic.test")
    page = rita.get(path_of(imports[1]))
    assert "Undo this import …" in page.text
    asked = rita.get(path_of(imports[1], "/undo")).text
    tiles = re.findall(r"<dt>([^<]+)</dt><dd>([^<]+)</dd>", asked)
    assert tiles == [("Patients removed", "1"), ("Patients set back", "1"), ("Values kept", "0")]
    assert "Undo, and remove 1 patient<" in asked
    assert names(connection) == ["Adele", "Ben", "Cleo"]


def test_it_is_undone_once_and_says_by_whom(browse, connection, imports):
    rita, ada = browse("reviewer@clinic.test"), browse("admin@clinic.test")
    where = path_of(imports[1], "/undo")
    for page in (rita.get(where), ada.get(where)):
        assert page.status_code == 200
    done = rita.post(where, seen=rita.token(where, "seen"))
    assert done.url.path == path_of(imports[1])
    assert "This import was undone" in done.text
    assert "reviewer@clinic.test took it back on" in done.text
    assert "Undo this import …" not in done.text
    assert names(connection) == ["Ada", "Ben"]
    # The second click, and somebody else's page of before.
    again = ada.post(where, seen="1-1-0")
    assert "reviewer@clinic.test took it back on" in again.text
    assert rita.get(where).url.path == path_of(imports[1])
    trail = connection.execute(
        "SELECT user_name, action, file_name, detail FROM access_event WHERE action = 'undo'"
    ).fetchall()
    assert trail == [
        ("reviewer@clinic.test", "undo", "roster.csv", "1 removed, 1 set back, 0 kept")
    ]
    assert '<span class="state warn">Undone</span>' in rita.get("/imports").text


def test_what_changed_since_the_look_is_looked_at_again(
    browse, connection, clinic, portal, imports, tmp_path
):
    rita = browse("reviewer@clinic.test")
    where = path_of(imports[1], "/undo")
    seen = rita.get(where) and rita.token(where, "seen")
    later = put(portal, connection, clinic, SECOND, folder=tmp_path)
    process(portal, connection, later)
    connection.commit()
    answer = rita.post(where, seen=seen)
    assert answer.status_code == 409
    assert "Patients changed since you looked" in answer.text
    assert names(connection) == ["Adele", "Ben", "Cleo"]
    assert connection.execute("SELECT count(*) FROM decision").fetchone() == (0,)


def test_a_patients_page_tells_of_the_undo(browse, imports):
    rita = browse("reviewer@clinic.test")
    where = path_of(imports[1], "/undo")
    rita.post(where, seen=rita.token(where, "seen"))
    page = rita.get(f"/patients/{imports[0].patient(1)}").text
    assert "undo of <a" in page
    assert "by reviewer@clinic.test" in page
    name = re.search(
        r'<td>First name</td><td class="strong">Ada</td><td>(.*?)</td>', page, re.DOTALL
    )
    assert name
    assert str(imports[0].imported.id) in name[1]


@pytest.mark.usefixtures("other")
def test_who_was_removed_keeps_a_page_with_the_history(browse, imports):
    rita = browse("reviewer@clinic.test")
    where = path_of(imports[1], "/undo")
    rita.post(where, seen=rita.token(where, "seen"))
    address = f"/patients/{imports[1].patient(2)}"
    assert address in rita.get(path_of(imports[1]), show="all").text
    page = rita.get(address).text
    assert "<h1>Cleo Sample</h1>" in page
    assert "This patient was removed" in page
    assert page.count("by reviewer@clinic.test") == 2, "above, and in the history"
    assert "<ins>Cleo</ins>" in page
    assert "<del>Cleo</del>" in page
    assert "Cleo" not in rita.get("/patients").text
    assert browse("admin@other.test").get(address).status_code == 404


def test_a_check_and_what_is_not_over_cannot_be_undone(
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
