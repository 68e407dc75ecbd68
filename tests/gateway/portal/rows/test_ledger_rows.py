"""The portal names the very cell that the pipeline read, whatever file it was."""

import pytest

from gateway.portal.rows.ledger_rows import row_page
from registry.accounts.accounts import add_account
from registry.landing.receive import archived_path
from registry.ledger.import_pages import get_line
from rosters.cells import cell_name
from tests.importing import process, put
from tests.rosters.files import ODD_FILES, PERSON, REQUIRED, odd, text
from tests.workbooks import workbook

NUL = "a\0b"


@pytest.fixture
def clinic(connection):
    return add_account(connection, "clinic", "thoroughcare")


@pytest.fixture
def bring(database, connection, clinic, tmp_path):
    """Imports a file."""

    def of(content: bytes | str, account=clinic):
        imported = put(database, connection, account, content, folder=tmp_path)
        process(database, connection, imported)
        return imported

    return of


@pytest.fixture
def shown(database, connection):
    """What the page of an import shows, as {code: (cell, value)} of all rows."""

    def of(imported):
        line = get_line(connection, imported.account_id, imported.id)
        page = row_page(connection, database, line, imported.sha256, "all", 0)
        return {issue.code: (issue.cell, issue.value) for row in page.rows for issue in row.issues}

    return of


@pytest.mark.parametrize("file", ODD_FILES, ids=lambda file: file.name)
def test_the_cell_of_an_odd_file_is_named_with_its_value(bring, shown, connection, file):
    imported = bring(file.content)
    assert shown(imported)["not_a_date"] == (cell_name(file.born, 2), "soon")
    connection.execute("UPDATE attempt SET layout = NULL")  # as before revision 0011
    assert shown(imported)["not_a_date"] == (cell_name(file.born, 2), "soon")


def test_a_cell_of_a_workbook_is_named_as_its_sender_sees_it(bring, shown):
    person = ["Ada", "Moore", "soon", "f"]
    book = workbook({"October": [["A title"], ["First Name", "Last Name", "DOB", "Sex"], person]})
    assert shown(bring(book))["not_a_date"] == ("October!C3", "soon")


def test_a_message_does_not_repeat_a_column_whose_header_has_a_star(bring, database, connection):
    first, last, _, gender = REQUIRED
    imported = bring(text((first, last, "Patient Birthday *", gender), PERSON))
    line = get_line(connection, imported.account_id, imported.id)
    (issue,) = row_page(connection, database, line, imported.sha256, "all", 0).rows[0].issues
    assert (issue.column, issue.value) == ("Patient Birthday *", "soon")
    assert issue.message.startswith("is not a date")


def test_a_cell_of_an_unknown_column_is_named_by_the_columns_header(bring, shown):
    row = (*PERSON, "x", NUL)
    found = shown(bring(text((*REQUIRED, "Ward", "Floor"), row)))
    assert found["nul_character"][0] == "F2"


def test_no_cell_is_named_where_two_unknown_columns_share_a_name(bring, shown):
    found = shown(bring(text((*REQUIRED, "Ward", "Ward"), (*PERSON, "x", NUL))))
    assert found["nul_character"] == ("", "")


def test_a_cell_of_an_unknown_column_without_a_name_is_found_by_its_place(bring, shown):
    found = shown(bring(text((*REQUIRED, "", "Floor"), (*PERSON, NUL, "x"))))
    assert found["nul_character"][0] == "E2"


def test_a_cell_of_a_headerless_file_has_its_place_in_the_format(bring, shown, connection):
    desk = add_account(connection, "desk", "ptdirect")
    found = shown(bring("C-1,Annabelle-Sophia,Sample,1877,f\nC-2,Bob,Sam\0ple,1977,m\n", desk))
    assert found["nul_character"][0] == "C2"
    assert ("D1", "1877") in found.values()


def test_cells_are_named_from_the_ledger_when_the_archive_is_gone(
    bring, shown, connection, database
):
    imported = bring(odd("").content)
    archived_path(database, imported.sha256).unlink()
    assert shown(imported)["not_a_date"] == ("C2", "soon")
    connection.execute("UPDATE attempt SET layout = NULL")  # as before revision 0011
    assert shown(imported)["not_a_date"] == ("", "")


def test_a_value_is_the_senders_own_where_one_of_our_columns_has_the_same_name(bring, shown):
    """The file of failed rows has two columns `Messages` then, ours first."""
    long = "x" * 33_000
    found = shown(bring(text((*REQUIRED, "Messages"), (*PERSON, long))))
    assert found["cell_too_long"] == ("E2", long)
