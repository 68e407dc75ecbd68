"""A clinic imports a roster: check, import, correct, import again; and what can go wrong."""

import csv
import io
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from registry.accounts.accounts import add_account, add_facility, change_settings
from registry.accounts.portal_users import add_user
from registry.landing.storage_quota import QUOTA_BYTES
from registry.ledger.imports import list_imports
from tests.files import care, maria
from tests.gateway.portal.conftest import (
    PASSWORD,
    Browser,
    password_hash,
    serving,
    with_users,
)
from tests.gateway.portal.rosters import GOOD, METRIPORT, ROSTER, text_of
from tests.importing import process, put
from tests.taking_up import take_up_due
from tests.workbooks import workbook


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
    assert "Checked. Nothing has changed yet. 1 of 3 rows can be imported; 2 failed." in page
    assert "D2 1877 Error Year of birth is not between 100 years ago and this year" in page
    assert "Allowed: a year from this year back to 100 years ago, e.g. 1977" in page
    assert "B3 blank Error First name is required" in page
    assert "E3 x Error Gender is not m or f" in page
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    ada.post(f"{check}/import")
    run()
    imported = ada.path
    assert imported != check
    assert "2 rows failed." in text_of(ada.get(imported))
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
    assert "it can be cancelled no more" in text_of(ada.page)


def test_a_check_that_is_processed_can_be_cancelled(ada, run, connection):
    ada.check(GOOD)
    take_up_due(connection, cadence="on_arrival")
    assert "Cancel" in ada.get(ada.path).text
    ada.post(f"{ada.path}/cancel")
    assert "cancelled at the portal while it was processed" in text_of(ada.page)
    assert run() == []


def test_a_workbook_is_checked_and_imported(ada, run):
    ada.check(workbook({"Clients": list(csv.reader(io.StringIO(GOOD)))}), "clients.xlsx")
    run()
    assert "rows can be imported" in text_of(ada.get(ada.path))
    ada.post(f"{ada.path}/import")
    run()
    assert "Every row was imported." in text_of(ada.get(ada.path))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"PK\x03\x04rest", "the file is a zip archive or workbook that is damaged"),
        ("C-1,Ann,Sample,1977,f\n" * 1001, "1,000"),
    ],
)
def test_a_fault_of_the_file_is_explained(ada, run, content, words):
    ada.check(content)
    run()
    page = text_of(ada.get(ada.path))
    assert "This file cannot be imported" in page
    assert words.lower() in page.lower()
    assert "Nothing was changed." in page


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "The file is empty; export it again"),
        ("C-1,J\xf6rg,Sample,1977,m\n".encode("latin-1"), "UTF-8"),
        (b'C-1,"Ann,Sample,1977,f\n', "quote"),
    ],
)
def test_what_the_first_bytes_show_is_told_in_the_form(ada, content, words):
    assert ada.check(content).status_code == 422
    assert words.lower() in text_of(ada.page).lower()


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


def test_a_file_for_which_the_account_has_no_room_is_refused(ada, clinic, connection):
    change_settings(connection, clinic, {QUOTA_BYTES: 500})
    connection.commit()
    small = "C-1,Ann,Sample,1977,f\n"
    assert ada.check(small).status_code == 200
    assert ada.check(small * 30).status_code == 507
    assert "this account may keep 500 bytes here, and 22 are kept already" in (
        text_of(ada.page).lower()
    )
    assert len(imports(connection)) == 1


def test_an_account_imports_its_own_format_and_those_it_was_given(ada, clinic, connection):
    assert ada.check(METRIPORT, format="metriport").status_code == 409
    assert "does not import files of the format" in text_of(ada.page)
    change_settings(connection, clinic, {"further_formats": ["thoroughcare"]})
    connection.commit()
    assert "ThoroughCare" in ada.get("/import").text
    assert ada.check(care(maria()), format="thoroughcare").status_code == 200


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


CLIENTS = "".join(f"C-{n},{first},{last},{born},f\n" for n, (first, last, born) in enumerate(
    [("Ann", "Ash", 1951), ("Bea", "Bay", 1962), ("Cat", "Cod", 1973)]))  # fmt: skip
SHIFTED = "".join(f"C-{n},{first},{last},{born},f\n" for n, (first, last, born) in enumerate(
    [("Bea", "Bay", 1962), ("Cat", "Cod", 1973), ("Ann", "Ash", 1951)]))  # fmt: skip


def imported(browser, run, content):
    browser.check(content)
    run()
    browser.post(f"{browser.path}/import")
    run()
    return browser.get(browser.path)


def test_a_check_says_how_many_rows_have_somebody_elses_identifier(ada, run):
    imported(ada, run, CLIENTS)
    ada.check(SHIFTED.splitlines()[0] + "\n")
    run()
    said = text_of(ada.get(ada.path))
    assert "1 row has the identifier of a patient whose names and birth are all different" in said
    assert "look at it before you import." in said
    ada.post(f"{ada.path}/import")
    run()
    said = text_of(ada.get(ada.path))
    assert "1 row has the identifier of a patient whose names and birth are all different." in said
    assert "look at it" not in said
    assert "Review changed identities" not in said, "an importer may not review"


def test_a_held_file_is_let_through_once_by_a_reviewer_and_imported(ada, run, browse, connection):
    imported(ada, run, CLIENTS)
    ada.check(SHIFTED)
    run()
    held = ada.path
    assert "Let this file through" not in ada.get(held).text
    rita = browse("admin@clinic.test")
    assert "Let this file through" in rita.get(held).text
    rita.post(f"{held}/let-through", on=held)
    run()
    said = text_of(rita.get(rita.path))
    assert "3 rows have the identifier of a patient" in said
    assert "All 3 rows can be imported." in said
    rita.post(f"{rita.path}/import")
    run()
    assert "Review changed identities" in rita.get(rita.path).text
    assert connection.execute("SELECT count(*) FROM identity_review").fetchone() == (3,)
    logged = connection.execute(
        "SELECT user_name, file_name, detail FROM access_event WHERE action = 'review'"
    ).fetchall()
    what = f"let identity changes through, import {held.rpartition('/')[2]}"
    assert logged == [("admin@clinic.test", "roster.csv", what)]
    ada.check(CLIENTS)
    run()
    assert "This file cannot be imported" in text_of(ada.get(ada.path)), "the next one is held"


def test_a_file_that_failed_otherwise_is_not_let_through(ada, run, browse):
    ada.check("PK\x03\x04")
    run()
    rita = browse("reviewer@clinic.test")
    assert "Let this file through" not in rita.get(ada.path).text
    assert rita.post(f"{ada.path}/let-through", on=ada.path).status_code == 409


def test_a_file_of_an_account_without_a_facility_is_refused_in_words(connection, browse):
    harbor = with_users(connection, "harbor", "metriport")
    eve = browse("importer@harbor.test")
    page = eve.check(METRIPORT, format="metriport")
    assert page.status_code == 409
    assert "has no facility yet; add the one that its patients belong to" in text_of(page)
    assert imports(connection) == []
    add_facility(connection, harbor, "Main Street")
    connection.commit()
    assert eve.check(METRIPORT, format="metriport").status_code == 200


def test_a_full_disk_is_a_507_page_in_words_and_nothing_is_taken_in(
    database, clinic, connection, one_portal
):
    assert clinic
    archived = sorted(database.archive_dir.glob("*/*"))
    with (
        serving(one_portal, disk_reserve_bytes=2**60) as full,
        httpx.Client(base_url=full.api_url, timeout=30) as client,
    ):
        ada = Browser(client)
        client.post("/sign-in", data={"name": "importer@clinic.test", "password": PASSWORD})
        page = ada.check(GOOD)
    assert page.status_code == 507
    assert page.headers["content-type"].startswith("text/html")
    assert "there is no room for further files at the moment" in text_of(page).lower()
    assert "send it again later" in text_of(page)
    assert imports(connection) == []
    assert sorted(database.archive_dir.glob("*/*")) == archived
