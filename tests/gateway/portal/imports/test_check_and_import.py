"""A clinic imports a roster: check, import, correct, import again; and what can go wrong."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.accounts.accounts import add_account, add_facility, change_settings
from registry.accounts.portal_users import add_user
from registry.ledger.imports import list_imports
from tests.gateway.portal.conftest import password_hash, serving
from tests.gateway.portal.rosters import GOOD, METRIPORT, ROSTER, text_of
from tests.importing import process, put


def imports(connection):
    connection.commit()
    return list_imports(connection)


def test_a_roster_is_checked_then_imported_and_corrected(ada, run, clinic, connection):
    assert clinic.cadence == "nightly"  # but files of the portal do not wait for the night
    ada.check(ROSTER)
    assert "Waiting to start" in ada.page.text
    run()
    check = ada.path
    page = text_of(ada.get(check))
    assert "Checked. Nothing has changed yet. 1 of 3 rows can be imported; 2 are left out." in page
    assert "D2 1877 Year of birth is not between 100 years ago and this year" in page
    assert "Allowed: a year from this year back to 100 years ago, e.g. 1977" in page
    assert "B3 blank First name is required" in page
    assert "E3 x Gender is not m or f" in page
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    ada.post(f"{check}/import")
    run()
    imported = ada.path
    assert imported != check
    assert "2 rows were left out." in text_of(ada.get(imported))
    failed = ada.get(f"{imported}/failed-rows.csv")
    rows = list(csv.reader(io.StringIO(failed.text)))
    assert [row[0] for row in rows] == ["C-2", "C-3"]
    rows[0][3], rows[1][1], rows[1][4] = "1977", "Cy", "m"
    corrected = "".join(",".join(row) + "\n" for row in rows)
    ada.check(corrected, "corrected.csv")
    run()
    assert "All 2 rows can be imported." in text_of(ada.get(ada.path))
    ada.post(f"{ada.path}/import")
    run()
    assert "Every row was imported. 2 rows, none failed." in text_of(ada.get(ada.path))


def test_a_double_click_on_import_imports_once(ada, run, connection):
    # Rows of one file that update the same patient do not make its check stale.
    ada.check(GOOD + GOOD.replace("Ann", "Anna") + GOOD)
    run()
    check, token = ada.path, ada.token()
    with ThreadPoolExecutor(4) as pool:
        answers = list(
            pool.map(lambda _: ada.client.post(f"{check}/import", data={"csrf": token}), range(8))
        )
    assert {answer.status_code for answer in answers} == {303}
    assert len({answer.headers["location"] for answer in answers}) == 1
    assert [each.dry_run for each in imports(connection)] == [False, True]
    assert run()[0].outcomes == ["created", "updated", "updated"]


def test_the_same_form_sent_twice_is_one_check(ada, connection):
    form = ada.client.get("/import").text
    ada.client.get = lambda *_, **__: type("Page", (), {"text": form})()
    first = ada.check(GOOD).url
    assert ada.check(GOOD).url == first
    assert len(imports(connection)) == 1


def test_a_stale_check_is_refused_and_made_again(ada, run, clinic, portal, connection, tmp_path):
    ada.check(GOOD)
    run()
    other = put(portal, connection, clinic, GOOD, folder=tmp_path)
    process(portal, connection, other)
    connection.commit()
    ada.post(f"{ada.path}/import")
    run()
    page = text_of(ada.get(ada.path))
    assert "Not imported: patients changed since the check" in page
    assert "line 1 would now end otherwise; nothing was imported; check it again" in page
    ada.post(f"{ada.path}/check-again")
    run()
    assert "Every row matches the stored patients already." in text_of(ada.get(ada.path))
    # A change of patients that the file does not name leaves the check valid.
    other = put(portal, connection, clinic, "X-9,Zoe,Other,1970,f\n", folder=tmp_path)
    process(portal, connection, other)
    connection.commit()
    ada.post(f"{ada.path}/import")
    run()
    assert "Every row was imported. 1 row, none failed." in text_of(ada.get(ada.path))


def test_a_waiting_check_can_be_cancelled_and_a_finished_one_cannot(ada, run):
    ada.check(GOOD)
    waiting = ada.path
    assert "Cancel" in ada.page.text
    ada.post(f"{waiting}/cancel")
    assert "cancelled at the portal before it was processed" in text_of(ada.page)
    assert run() == []
    ada.check(GOOD)
    run()
    assert ada.post(f"{ada.path}/cancel").status_code == 409
    assert "only a waiting one can be cancelled" in text_of(ada.page)


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty; export it again"),
        (b"PK\x03\x04rest", "the file is"),
        ("C-1,Ann,Sample,1977,f\n" * 1001, "1,000"),
        ("C-1,J\xf6rg,Sample,1977,m\n".encode("latin-1"), "UTF-8"),
        (b'C-1,"Ann,Sample,1977,f\n', "quote"),
    ],
)
def test_a_fault_of_the_file_is_explained(ada, run, content, words):
    ada.check(content)
    run()
    page = text_of(ada.get(ada.path))
    assert "This file cannot be imported" in page
    assert words.lower() in page.lower()
    assert "Nothing was changed." in page


def test_a_form_without_a_file_says_so(ada):
    assert ada.check(b"", "").status_code == 409
    assert "Choose a file first." in ada.page.text


@pytest.mark.usefixtures("clinic")
def test_a_file_that_is_too_large_is_refused_before_it_is_kept(portal, browse, connection):
    with serving(portal, max_file_bytes=1000) as small:
        ada = browse("importer@clinic.test")
        ada.client.base_url = small.api_url
        assert ada.check("C-1,Ann,Sample,1977,f\n" * 10_000).status_code == 413
        assert "a file can have at most 1,000 bytes" in text_of(ada.page).lower()
        assert imports(connection) == []


def test_an_account_imports_its_own_format_and_those_it_was_given(ada, clinic, connection):
    assert ada.check(METRIPORT, format="metriport").status_code == 409
    assert "does not import files of the format" in text_of(ada.page)
    change_settings(connection, clinic, {"further_formats": ["thoroughcare"]})
    connection.commit()
    assert "ThoroughCare" in ada.get("/import").text
    assert ada.check("Patient First Name *\nAnn\n", format="thoroughcare").status_code == 200


def test_rows_of_several_facilities_need_a_choice(connection, browse, run):
    harbor = add_account(connection, "harbor", "metriport")
    main = add_facility(connection, harbor, "Main Street")
    add_facility(connection, harbor, "Harbor View")
    add_user(connection, harbor, "importer@harbor.test", "importer", password_hash())
    connection.commit()
    eve = browse("importer@harbor.test")
    assert "Main Street" in eve.get("/import").text
    assert eve.check(METRIPORT, format="metriport").status_code == 409
    assert "several facilities" in text_of(eve.page)
    assert eve.check(METRIPORT, format="metriport", facility=str(main.id)).status_code == 200
    assert run()[0].outcomes == ["created", "errored"]


def test_a_form_sent_after_the_session_ended_imports_nothing(ada, connection):
    form = ada.client.get("/import").text
    connection.execute("DELETE FROM portal_session")
    connection.commit()
    ada.client.get = lambda *_, **__: type("Page", (), {"text": form})()
    page = text_of(ada.check(GOOD))
    assert "You were signed out" in page
    assert "Nothing was sent" in page
    assert imports(connection) == []
