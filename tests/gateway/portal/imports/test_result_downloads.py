"""Downloads: the result of an import, and its failed rows."""

import csv
import io
import zipfile

import pytest
from python_calamine import CalamineWorkbook

from registry.landing.wanted_results import list_wanted
from tests.gateway.portal.rosters import ROSTER, text_of
from tests.importing import process, put


@pytest.fixture
def imported(clinic, connection, portal, tmp_path):
    """An import of three rows, of which two failed."""
    done = process(portal, connection, put(portal, connection, clinic, ROSTER, folder=tmp_path))
    connection.commit()
    return done.imported


def rows_of(answer) -> list[list[str]]:
    return list(csv.reader(io.StringIO(answer.text)))


def test_the_result_names_every_row_and_its_outcome(ada, imported):
    answer = ada.get(f"/imports/{imported.id}/result.csv")
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    header, *rows = rows_of(answer)
    assert header == ["Line", "Internal_id", "Outcome", "Messages"]
    assert [row[:3] for row in rows] == [
        ["1", "C-1", "created"],
        ["2", "C-2", "errored"],
        ["3", "C-3", "errored"],
    ]


def test_the_failed_rows_are_those_of_the_file(ada, imported):
    answer = ada.get(f"/imports/{imported.id}/failed-rows.csv")
    assert "attachment" in answer.headers["content-disposition"]
    sent = list(csv.reader(io.StringIO(ROSTER)))
    assert [row[:5] for row in rows_of(answer)] == [row[:5] for row in sent[1:]]


def test_the_failed_rows_as_a_workbook_have_the_cells_at_fault_coloured(ada, imported):
    answer = ada.get(f"/imports/{imported.id}/failed-rows.xlsx")
    assert answer.headers["content-disposition"].endswith("_failed-rows.xlsx")
    (sheet,) = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).sheet_names
    assert sheet == "Failed rows"
    found = CalamineWorkbook.from_filelike(io.BytesIO(answer.content)).get_sheet_by_name(sheet)
    sent = list(csv.reader(io.StringIO(ROSTER)))
    assert [row[:5] for row in found.to_python(skip_empty_area=False)] == [
        row[:5] for row in sent[1:]
    ]
    with zipfile.ZipFile(io.BytesIO(answer.content)) as book:
        assert b"FFFFC7CE" in book.read("xl/styles.xml")
        assert b"is not" in book.read("xl/comments1.xml")


def test_a_download_is_in_the_activity_log(ada, imported, connection):
    ada.get(f"/imports/{imported.id}/result.csv")
    found = connection.execute(
        "SELECT user_name, file_name FROM access_event WHERE action = 'download'"
    ).fetchall()
    assert len(found) == 1
    assert found[0][0] == "importer@clinic.test"
    assert found[0][1].endswith(".csv")


def test_an_unfinished_import_has_no_result_yet(ada, clinic, connection, portal, tmp_path):
    waiting = put(portal, connection, clinic, ROSTER, folder=tmp_path)
    connection.commit()
    assert ada.get(f"/imports/{waiting.id}/result.csv").status_code == 404
    assert "There is no result yet." in text_of(ada.page)


def test_a_result_whose_file_is_gone_is_not_available(ada, imported, portal):
    for path in (portal.results_dir / imported.partition_key).iterdir():
        path.unlink()
    assert ada.get(f"/imports/{imported.id}/result.csv").status_code == 503
    assert str(portal.results_dir) not in ada.page.text


def test_another_kind_of_file_is_not_found(ada, imported):
    assert ada.get(f"/imports/{imported.id}/secrets.csv").status_code == 404


@pytest.mark.parametrize("kind", ["result", "failed-rows"])
def test_a_damaged_file_is_not_served(ada, imported, portal, kind):
    for path in (portal.results_dir / imported.partition_key).iterdir():
        path.chmod(0o600)
        path.write_bytes(path.read_bytes()[:-3])
    assert ada.get(f"/imports/{imported.id}/{kind}.csv").status_code == 503
    assert imported.partition_key in list_wanted(portal)


FORMULA = '=HYPERLINK("http://x")'


def test_a_cell_that_a_spreadsheet_would_run_is_harmless(ada, clinic, connection, portal, tmp_path):
    row = f'C-1,"{FORMULA.replace(chr(34), chr(34) * 2)}",+1 555-0100,1877,f\n'
    done = process(portal, connection, put(portal, connection, clinic, row, folder=tmp_path))
    connection.commit()
    path = f"/imports/{done.imported.id}/failed-rows.csv"
    answer = ada.get(path)
    assert rows_of(answer)[0][1:3] == [f"'{FORMULA}", "+1 555-0100"]
    assert "attachment" in answer.headers["content-disposition"]
    assert rows_of(ada.get(path, exact="true"))[0][1] == FORMULA
