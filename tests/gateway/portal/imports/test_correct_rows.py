"""Failed rows are corrected on a page, and become a further file with its own lineage."""

import html
import re

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.portal_users import add_user
from registry.landing.receive import archived_path
from registry.ledger.kept_rows import AREA
from registry.store import store_of
from tests.gateway.portal.conftest import password_hash
from tests.gateway.portal.rosters import GOOD, text_of
from tests.rosters.files import REQUIRED, text

BAD = "C-2,Bob,Sample,1877,x,,,,\nC-3,Cy,Sample,1066,m,,,,\n"


@pytest.fixture
def check(ada, run):
    """The page of a check of three rows, of which two fail."""
    ada.check(GOOD + BAD, "october.csv")
    run()
    return ada.path


def fields(page):
    """The fields of the form, by name."""
    found = re.findall(r'<input id="(cell-\d+-\d+)" name="[^"]+" value="([^"]*)"', page.text)
    return {name: html.unescape(value) for name, value in found}


def send(ada, path, typed):
    token = re.search(r'name="token" value="([^"]+)"', ada.get(f"{path}/correct").text)[1]
    return ada.post(f"{path}/correct", on="/password", token=token, **typed)


def content(portal, connection, name):
    row = connection.execute(
        "SELECT sha256 FROM import WHERE file_name = %s ORDER BY received_at DESC", (name,)
    ).fetchone()
    return archived_path(portal, row[0]).read_bytes().decode()


def test_the_cells_at_fault_are_fields_with_what_is_allowed(ada, check):
    page = ada.get(f"{check}/correct")
    assert fields(page) == {"cell-2-3": "1877", "cell-2-4": "x", "cell-3-3": "1066"}
    assert "Bob" in text_of(page)
    assert "Allowed:" in text_of(page)


def test_corrected_rows_are_a_further_file_and_both_pages_say_so(
    ada, check, run, portal, connection
):
    send(ada, check, {"cell-2-3": "1977", "cell-2-4": "m", "cell-3-3": "1966"})
    corrected = ada.path
    assert corrected != check
    run()
    assert content(portal, connection, "october.corrected.csv") == (
        "C-2,Bob,Sample,1977,m,,,,\r\nC-3,Cy,Sample,1966,m,,,,\r\n"
    )
    said = text_of(ada.get(corrected))
    assert "These are corrected rows of october.csv" in said
    assert "All 2 rows can be imported" in said
    assert "october.corrected.csv , checked, not imported" in text_of(ada.get(check))
    ada.post(f"{corrected}/import")
    run()
    assert "These are corrected rows of october.csv" in text_of(ada.get(ada.path))
    assert "october.corrected.csv , imported" in text_of(ada.get(check))
    born = connection.execute("SELECT birth_year FROM patient ORDER BY birth_year").fetchall()
    assert [str(year) for (year,) in born] == ["1966", "1977"]


def test_a_row_that_is_still_wrong_loses_nothing_that_was_typed(
    ada, check, run, portal, connection
):
    send(ada, check, {"cell-2-3": "1977", "cell-2-4": "m", "cell-3-3": "19x6"})
    run()
    page = ada.get(f"{ada.path}/correct")
    assert fields(page) == {"cell-2-3": "19x6"}
    send(ada, page.url.path.removesuffix("/correct"), {"cell-2-3": "1966"})
    run()
    assert "1977" in content(portal, connection, "october.corrected.csv"), "the good row goes along"
    assert "All 2 rows can be imported" in text_of(ada.get(ada.path))
    assert "These are corrected rows of october.csv" in text_of(ada.page)


def test_the_same_form_makes_one_file(ada, check):
    token = re.search(r'name="token" value="([^"]+)"', ada.get(f"{check}/correct").text)[1]
    paths = {ada.post(f"{check}/correct", token=token).url.path for _ in range(2)}
    assert len(paths) == 1


def test_what_was_typed_is_shown_again_where_the_file_is_refused(ada, check, connection):
    connection.execute("UPDATE account SET settings = settings || '{\"quota_bytes\": 1}'")
    connection.commit()
    page = send(ada, check, {"cell-2-3": "1978"})
    assert page.status_code != 200
    assert 'value="1978"' in page.text


def test_who_may_not_import_may_not_correct(check, browse):
    eve = browse("viewer@clinic.test")
    assert eve.get(f"{check}/correct").status_code == 403
    assert eve.post(f"{check}/correct").status_code == 403
    assert "Correct them here" not in eve.get(check).text


@pytest.mark.usefixtures("other")
def test_rows_of_another_account_are_not_there(check, browse):
    assert browse("importer@other.test").get(f"{check}/correct").status_code == 404


def test_a_form_without_its_token_is_refused(ada, check):
    assert ada.client.post(f"{check}/correct", data={"csrf": "no"}).status_code == 403


def test_rows_whose_cells_are_gone_are_left_to_the_file_of_failed_rows(ada, check, portal):
    store = store_of(portal)
    for each in list(store.list(AREA)):
        store.delete(each.key)
    assert "Correct them here" not in ada.get(check).text
    assert "no longer kept" in text_of(ada.get(f"{check}/correct"))


def test_a_file_with_headings_keeps_them(connection, browse, run, portal):
    harbor = add_account(connection, "harbor", "thoroughcare")
    add_user(connection, harbor, "importer@harbor.test", "importer", password_hash())
    connection.commit()
    eve = browse("importer@harbor.test")
    eve.check(
        text((*REQUIRED, "Ward"), ("Ada", "Moore", "soon", "F", "W 7")), format="thoroughcare"
    )
    run()
    send(eve, eve.path, {"cell-2-2": "1961-05-27"})
    run()
    head, row = content(portal, connection, "roster.corrected.csv").splitlines()
    assert head == ",".join((*REQUIRED, "Ward"))
    assert row == "Ada,Moore,1961-05-27,F,W 7"
    assert "All 1 rows can be imported" in text_of(eve.get(eve.path))


def test_cells_beyond_the_last_column_are_shown_and_said_to_be_left_out(
    ada, run, portal, connection
):
    ada.check(GOOD + "C-2,Bob,Sample,1977,m,,,,Acme, Inc,\n")
    run()
    path = ada.path
    said = text_of(ada.get(f"{path}/correct"))
    assert "Beyond the last column this row has Inc . The corrected file leaves that out" in said
    send(ada, path, {"cell-2-8": "Acme, Inc"})
    run()
    assert content(portal, connection, "roster.corrected.csv") == (
        'C-2,Bob,Sample,1977,m,,,,"Acme, Inc"\r\n'
    )
    assert "All 1 rows can be imported" in text_of(ada.get(ada.path))


def test_a_check_whose_mends_cannot_be_tried_is_made_without_them(
    ada, run, portal, connection, caplog
):
    ada.check(GOOD + "C-2,Bob,Lee,1970,male,,,,\n")
    key = connection.execute("SELECT partition_key FROM import").fetchone()[0]
    (portal.staging_dir / f"{key}.mends.duckdb").mkdir(parents=True)
    (done,) = run()
    assert done.outcomes == ["created", "errored"]
    page = ada.get(f"{ada.path}/correct")
    assert fields(page) == {"cell-2-4": "male"}
    assert "The same fault in many rows" not in text_of(page)
    (logged,) = [each for each in caplog.messages if "no mends" in each]
    assert logged.startswith(f"no mends for import {key}: IsADirectoryError at assets/")
    assert "male" not in caplog.text


def test_a_fault_that_many_rows_share_is_mended_at_once_and_a_person_sends_it(ada, run):
    ada.check(
        "C-1,Ann,Lee,1977,female,,+31612345678,,\nC-2,Bob,Lee,1-5-1970,Male,,,,\n"
        "C-3,Cy,Lee,1971,male,,,,\nC-4,Di,Lee,1972,quite,,,,\n",
    )
    run()
    path = ada.path
    page = ada.get(f"{path}/correct")
    said = text_of(page)
    assert "Write the word for the sex as its letter in 3 cells female → f , Male → m" in said
    assert "Keep the year alone" not in said, "one cell of four rows"
    token = re.search(r'name="token" value="([^"]+)"', page.text)[1]
    typed = {"cell-2-3": "1970", "cell-4-4": "f", "cell-3-4": "male"}
    page = ada.post(f"{path}/correct", token=token, mend="first-letter", **typed)
    filled = fields(page)
    assert [filled[f"cell-{line}-4"] for line in range(1, 5)] == ["f", "m", "m", "f"]
    assert filled["cell-2-3"] == "1970", "what was typed stays"
    send(ada, path, filled)
    run()
    assert "4 rows can be imported" in text_of(ada.get(ada.path))


def test_no_mend_is_offered_that_the_format_would_refuse(ada, run):
    ada.check("C-1,Ann,Lee,1877,quite,,,,\nC-2,Bob,Lee,1866,quite,,,,\n")
    run()
    assert "The same fault in many rows" not in text_of(ada.get(f"{ada.path}/correct"))
