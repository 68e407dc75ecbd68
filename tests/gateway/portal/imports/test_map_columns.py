"""A clinic says once what its own columns mean: suggested, chosen, saved, used from then on."""

import html
import re

import pytest

from tests.gateway.portal.conftest import with_users
from tests.gateway.portal.rosters import text_of
from tests.importing import process, put
from tests.workbooks import workbook

OWN = [["Clients of October"], ["Forename", "Family Name", "Born", "M/F", "Chart No.", "Shoe"],
       ["Ann", "Lee", "27 May 1961", "f", "A-1", "38"],
       ["Bob", "Moss", "soon", "m", "A-2", "44"]]  # fmt: skip
BOOK = workbook({"Sheet1": OWN})
CARE = {"format": "thoroughcare"}


@pytest.fixture
def care(connection):
    return with_users(connection, "sunrise", "thoroughcare")


@pytest.fixture
def mia(care, browse):
    assert care
    return browse("importer@sunrise.test")


def chosen(page: str) -> dict[str, str]:
    """What is selected in each list of the page."""
    lists = re.findall(r'<select name="([^"]+)".*?</select>', page, re.DOTALL)
    selected = re.findall(r'<select name="([^"]+)"[^>]*>\s*<option value="([^"]*)"', page)
    assert [name for name, _ in selected] == lists
    return dict(selected)


def refused(browser, run, content=BOOK, name="clients.xlsx"):
    browser.check(content, name=name, **CARE)
    run()
    path = browser.path
    page = browser.get(path).text
    assert "Say what the columns mean" in page
    return f"{path}/columns"


def test_a_workbook_with_its_own_headings_is_mapped_once_and_read_from_then_on(
    mia, run, care, connection, portal, tmp_path
):
    page = mia.get(refused(mia, run)).text
    slots = chosen(page)
    assert list(slots.values()) == ["first_name", "last_name", "birth_date", "gender", "ehr_id", ""]
    assert "Shoe" in page
    assert "1 of 2 values look like: birth date" in text_of(mia.page)
    assert "taken from row 2" in text_of(mia.page)
    mia.post(mia.path, do="save", header="yes", **slots)
    run()
    page = text_of(mia.get(mia.path))
    assert "1 of 2 rows can be imported; 1 failed." in page
    assert "columns mapped, version 1" in page
    assert "Sheet1!C4 soon Error Born is not a date" in page
    later = put(portal, connection, care, BOOK, folder=tmp_path, name="november.xlsx")
    assert process(portal, connection, later).outcomes == ["created", "errored"]
    said = connection.execute("SELECT detail FROM access_event WHERE action = 'change'").fetchall()
    assert said == [("columns: thoroughcare, version 1",)]


def test_choices_are_shown_as_they_read_before_they_are_saved(mia, run, connection):
    path = refused(mia, run)
    slots = chosen(mia.get(path).text)
    slots |= {"slot-0": "home_phone", "slot-5": "gender"}
    page = text_of(mia.post(path, do="preview", header="yes", **slots))
    assert "Still needed: Patient First Name" in page
    assert "Chosen twice: Patient Gender" in page
    assert "0 of 2 values look like: phone" in page
    answer = mia.post(path, do="save", header="yes", **slots)
    assert answer.status_code == 409
    assert "Two columns are mapped to Patient Gender" in text_of(answer)
    assert chosen(answer.text) == slots
    assert connection.execute("SELECT count(*) FROM column_mapping").fetchone() == (0,)


def test_a_corrected_mapping_is_checked_anew_and_the_same_one_is_not(mia, run):
    path = refused(mia, run)
    slots = chosen(mia.get(path).text)
    first = str(mia.post(path, do="save", header="yes", **slots).url)
    assert str(mia.post(path, do="save", header="yes", **slots).url) == first
    other = mia.post(path, do="save", header="yes", **slots | {"slot-5": "notes"})
    assert str(other.url) != first


def test_a_file_without_headings_is_mapped_by_position(mia, run):
    text = "Lee,Ann,27 May 1961,f\nMoss,Bob,1 June 1950,m\n"
    path = refused(mia, run, text, "clients.csv")
    slots = chosen(mia.get(path, header="no").text)
    assert (slots["slot-2"], slots["slot-3"]) == ("birth_date", "gender")
    slots |= {"slot-0": "last_name", "slot-1": "first_name"}
    mia.post(path, do="save", header="no", **slots)
    run()
    assert "All 2 rows can be imported." in text_of(mia.get(mia.path))


def test_the_administrator_stops_using_a_mapping_and_uses_it_again(mia, run, browse, connection):
    path = refused(mia, run)
    mia.post(path, do="save", header="yes", **chosen(mia.get(path).text))
    run()
    admin = browse("admin@sunrise.test")
    assert "version 1 In use" in text_of(admin.get("/admin/columns"))
    stop = {"on": "/admin/columns", "name": "thoroughcare"}
    assert "no longer used" in text_of(admin.post("/admin/columns", do="stop", **stop))
    refused(mia, run, BOOK, "december.xlsx")
    again = admin.post("/admin/columns", do="use", version="1", **stop)
    assert "as version 2" in text_of(again)
    used = connection.execute("SELECT version FROM column_mapping WHERE ended_at IS NULL")
    assert used.fetchall() == [(2,)]
    assert admin.post("/admin/columns", do="use", version="x", **stop).status_code == 404


def test_headings_and_values_are_text_on_the_page(mia, run):
    text = '<b>Forename</b>,Born\n<script>alert(1)</script>,"a\'b"\n'
    page = mia.get(refused(mia, run, text, "clients.csv")).text
    assert "<b>Forename" not in page
    assert "<script>alert" not in page
    assert html.escape("<b>Forename</b>") in page


def test_nobody_maps_the_columns_of_another_account(mia, run, browse, other):
    assert other
    path = refused(mia, run)
    assert browse("importer@other.test").get(path).status_code == 404
