"""The grid of an import: its cells, faults and changes, and who sees what."""

import html
import re

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.accounts.portal_users import add_user
from registry.ledger.kept_rows import AREA
from registry.store import store_of
from tests.gateway.portal.conftest import password_hash
from tests.gateway.portal.rosters import GOOD, METRIPORT, next_page, text_of, thousand
from tests.importing import process, put
from tests.rosters.files import REQUIRED, text
from tests.workbooks import workbook

LINES = r'<th scope="row" class="num" data-label="Line">([\d,]+)</th>'
CHANGED = GOOD.replace("ann@example.com", "new@example.com") + "C-2,Bob,Zand,1970,m,,,,\n"


@pytest.fixture
def bring(portal, connection, tmp_path):
    """Imports a file, and gives the address of its page."""

    def of(account, content, **how):
        imported = put(portal, connection, account, content, folder=tmp_path, **how)
        process(portal, connection, imported)
        connection.commit()
        return f"/imports/{imported.id}"

    return of


@pytest.fixture
def join(connection, browse):
    """An account of a format, and a browser of somebody who may only look at it."""

    def of(format_name):
        account = add_account(connection, "harbor", format_name)
        if format_name == "metriport":
            add_facility(connection, account, "Main Street")
        add_user(connection, account, "viewer@harbor.test", "viewer", password_hash())
        connection.commit()
        return account, browse("viewer@harbor.test")

    return of


def cells(page):
    """The texts of the cells of each row of the grid, without blank ones."""
    rows = re.findall(r'<tr class="is-\w+">(.*?)</tr>', page.text, re.DOTALL)
    parts = (re.findall(r"<t[dh].*?</t[dh]>", row, re.DOTALL) for row in rows)
    return [[said for part in row if (said := text_of(part).strip())] for row in parts]


def headings(page):
    head = re.search(r'<table class="grid">.*?</thead>', page.text, re.DOTALL)
    return [html.unescape(each) for each in re.findall(r"<th(?: [^>]*)?>(.*?)</th>", head[0])]


def test_a_check_shows_whom_it_would_import_and_what_would_change(clinic, bring, browse):
    bring(clinic, GOOD)
    page = browse("viewer@clinic.test").get(bring(clinic, CHANGED, dry_run=True))
    first, second = cells(page)
    assert first[:5] == ["1", "Updated", "C-1", "Ann", "Sample"]
    assert "was ann@example.com becomes new@example.com" in first
    assert second[:5] == ["2", "Created", "C-2", "Bob", "Zand"]
    assert headings(page)[:5] == ["Line", "Outcome", "Internal_id", "First name", "Last name"]


def test_a_fault_stands_in_its_cell_with_what_is_allowed(clinic, bring, browse):
    page = browse("viewer@clinic.test").get(bring(clinic, "C-2,Bob,Sample,1977,x,,,,\n"))
    (row,) = cells(page)
    (fault,) = [cell for cell in row if "Error" in cell]
    assert fault.startswith("E1 x Error")
    assert "Allowed:" in fault
    assert row[2:5] == ["C-2", "Bob", "Sample"]


def test_rows_are_found_by_name_key_and_line_and_no_address_has_the_text(clinic, bring, browse):
    path = bring(clinic, thousand({}))
    ada = browse("viewer@clinic.test")
    for said, expected in (("Sample123", ["124"]), ("c-1500", ["500"]), ("77", None)):
        page = ada.post(f"{path}/rows", on="/password", text=said, show="all")
        lines = re.findall(LINES, page.text)
        assert lines == expected if expected else "77" in lines
        assert said not in str(page.url)
    page = ada.post(f"{path}/rows", on="/password", text="Sample1", show="all")
    assert "111 rows found" in text_of(page)
    assert "More rows" in text_of(page)


def test_rows_are_sorted_and_pages_go_on_in_that_order(clinic, bring, browse):
    path = f"{bring(clinic, thousand({}))}?show=all&sort=name"
    ada, found = browse("viewer@clinic.test"), []
    for _ in range(3):
        found += re.findall(r"Sample\d+", text_of(ada.get(path)))
        path = next_page(ada.page)
    assert found == sorted(f"sample{i}".capitalize() for i in range(1000))[:150]


def test_rows_with_a_finding_are_shown_alone(clinic, bring, browse):
    roster = GOOD + "C-3,Eve,Sample,1990,f,no address,,,\n"
    page = browse("viewer@clinic.test").get(f"{bring(clinic, roster)}?code=email_not_stored")
    assert re.findall(LINES, page.text) == ["2"]


def test_a_social_security_number_is_masked(join, bring):
    harbor, eve = join("metriport")
    header, first, *_ = METRIPORT.splitlines()
    page = eve.get(bring(harbor, f"{header},ssn\n{first},123-45-6789\n"))
    assert "123-45-6789" not in page.text
    assert "•••-••-6789" in page.text


def test_a_fault_of_a_workbook_is_named_as_its_sender_sees_it(join, bring):
    harbor, eve = join("thoroughcare")
    person = ["Ada", "Moore", "soon", "f"]
    book = workbook({"October": [["A title"], ["First Name", "Last Name", "DOB", "Sex"], person]})
    page = eve.get(bring(harbor, book, name="book.xlsx"))
    assert any(cell.startswith("October!C3 soon Error") for cell in cells(page)[0])
    assert headings(page)[2:] == ["First Name", "Last Name", "DOB", "Sex"]


def test_rows_whose_cells_are_gone_show_what_the_ledger_has(clinic, bring, portal, browse):
    path = bring(clinic, GOOD + "C-2,Bob,Sample,1977,x,,,,\n")
    store = store_of(portal)
    for each in list(store.list(AREA)):
        store.delete(each.key)
    page = browse("viewer@clinic.test").get(f"{path}?show=all&sort=name&code=nonsense")
    assert "no longer kept" in text_of(page)
    assert re.findall(LINES, page.text) == ["1", "2"]
    assert "E2 x" in text_of(page)
    assert "Find</button>" not in page.text


@pytest.mark.usefixtures("other")
def test_rows_of_another_account_are_not_there(clinic, bring, browse):
    path = bring(clinic, GOOD)
    eve = browse("viewer@other.test")
    assert eve.get(path).status_code == 404
    assert eve.post(f"{path}/rows", on="/password", text="Ann").status_code == 404


def test_cells_of_an_unknown_column_are_shown_under_its_header(join, bring):
    harbor, eve = join("thoroughcare")
    page = eve.get(
        bring(harbor, text((*REQUIRED, "Ward"), ("Ada", "Moore", "1961-05-27", "F", "W7")))
    )
    assert "Ward" in headings(page)
    assert "W7" in cells(page)[0]


def test_who_opens_rows_is_logged_once_an_hour_however_they_look_at_them(
    clinic, bring, browse, connection
):
    path, other = bring(clinic, GOOD, name="one.csv"), bring(clinic, GOOD, name="two.csv")
    ada = browse("viewer@clinic.test")
    ada.get(f"{path}?show=all&after=0")
    ada.get(f"{path}?sort=name")
    ada.post(f"{path}/rows", on="/password", text="Ann")
    ada.get(other)
    browse("importer@clinic.test").get(path)
    assert _seen(connection) == [
        ("viewer@clinic.test", "one.csv", f"rows of import {path.rpartition('/')[2]}"),
        ("viewer@clinic.test", "two.csv", f"rows of import {other.rpartition('/')[2]}"),
        ("importer@clinic.test", "one.csv", f"rows of import {path.rpartition('/')[2]}"),
    ]
    connection.execute("UPDATE access_event SET at = at - interval '61 minutes'")
    connection.commit()
    ada.get(f"{path}?show=all")
    assert len(_seen(connection)) == 4


def test_a_page_without_a_row_leaves_no_line_in_the_log(clinic, bring, browse, connection):
    browse("viewer@clinic.test").get(f"{bring(clinic, GOOD)}?show=errored")
    assert _seen(connection) == []


def _seen(connection):
    return connection.execute(
        "SELECT user_name, file_name, detail FROM access_event WHERE action = 'view' ORDER BY id"
    ).fetchall()
