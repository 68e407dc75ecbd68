"""Workbooks as CSV text: which sheet, what of it, and what is said of the rest."""

import csv
import io
import zipfile
from datetime import date
from pathlib import Path

import pytest

from rosters.containers.open_roster import open_roster
from rosters.containers.read_workbook import convert
from rosters.containers.roster import Roster, Scratch
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.rosters.sources import MemoryBytes
from tests.workbooks import workbook

CARE = get_format("thoroughcare")
HEADER = ["First Name", "Last Name", "DOB", "Sex", "Zip"]
ADA = ["Ada", "Moore", date(1961, 5, 27), "f", 4101]


@pytest.fixture
def read(tmp_path):
    """The records of the text, and the layout, of the roster in a workbook."""

    def read(content: bytes, max_bytes: int = 1 << 20):
        target = tmp_path / "text"
        found = convert(io.BytesIO(content), target, CARE, max_bytes)
        layout = Roster(target, found["sheet"], notes=tuple(found["notes"])).layout(CARE)
        return list(csv.reader(io.StringIO(target.read_text(), newline=""))), layout

    return read


REST = "and not 'Read me', 'Lists', and no hidden sheet ('Archive')"


def test_the_sheet_that_fits_is_read_its_title_is_not_and_what_is_hidden_is_told(read):
    book = workbook(
        {
            "Read me": [["How to fill in the roster"]],
            "Patients": [["October"], HEADER, ADA, [*ADA[:4], ""]],
            "Lists": [["Sex", "State"], ["f", "ME"]],
            "Archive": [HEADER, ADA],
        },
        change={
            "Patients": lambda sheet: (
                sheet.merge_range("A1:E1", "October"),
                sheet.set_row(3, None, None, {"hidden": True}),
                sheet.set_column("D:E", None, None, {"hidden": True}),
                sheet.write_formula("E4", "=NA()", None, "#N/A"),
            ),
            "Archive": lambda sheet: sheet.hide(),
        },
    )
    records, layout = read(book)
    assert records == [
        [""] * 5,
        HEADER,
        ["Ada", "Moore", "1961-05-27", "f", "04101"],
        ["Ada", "Moore", "1961-05-27", "f", "#N/A"],
    ]
    assert (layout.sheet, layout.member, layout.lines_before_header) == ("Patients", "", 1)
    assert layout.notes == (
        ("part_of_file_read", f"of the workbook the sheet 'Patients' was read, {REST}"),
        ("part_of_file_read", "row 1 was not read, above the header of the sheet"),
        (
            "hidden_cells_read",
            "the sheet has 1 hidden row and 2 hidden columns, whose cells were read as well",
        ),
    )


def test_a_table_that_begins_at_column_b_keeps_its_columns(read):
    records, layout = read(workbook({"Patients": [["", *HEADER], ["", *ADA]]}))
    assert records[1] == ["", "Ada", "Moore", "1961-05-27", "f", "04101"]
    assert layout.slots["first_name"] == 1


@pytest.mark.parametrize("name", ["roster.xls", "roster.ods"])
def test_workbooks_of_old_excel_and_of_libreoffice_are_read(read, name):
    records, layout = read(Path(__file__).with_name(name).read_bytes())
    assert records[1] == ["Ada", "Moore", "1961-05-27", "f", "1234567890123456"]
    assert layout.sheet == "Patients"


def small_workbook_of_many_cells() -> bytes:
    """A cell at either end of a sheet: 17 billion cells in a kilobyte."""
    made = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(workbook({"S": [HEADER, ADA]}))) as good,
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as bad,
    ):
        for name in good.namelist():
            content = good.read(name)
            if name.endswith("sheet1.xml"):
                last = b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
                content = content.replace(b"</sheetData>", last)
            bad.writestr(name, content)
    return made.getvalue()


OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (workbook({"A": [HEADER, ADA]})[:-30], "cannot_be_opened", "damaged or cut off"),
        (OLD_OFFICE + bytes(2000), "cannot_be_opened", "damaged or cut off"),
        (workbook({"A": []}), "empty_file", "no visible sheet"),
        (workbook({"A": [["x"]], "B": [["y"]]}), "no_roster_inside", "'A', 'B'"),
        (workbook({"A": [HEADER], "B": [HEADER]}), "several_rosters_inside", "keep one of them"),
    ],
    ids=["cut off", "no workbook", "empty", "no header", "two rosters"],
)
def test_a_workbook_that_cannot_be_read_says_why(read, content, code, said):
    with pytest.raises(FileFault) as fault:
        read(content)
    assert fault.value.code == code
    assert said in fault.value.reason


def test_a_sheet_with_more_text_than_a_file_may_have_is_refused(read):
    book = workbook({"A": [HEADER, *([ADA] * 50)]})
    with pytest.raises(FileFault) as fault:
        read(book, max_bytes=1000)
    assert fault.value.code == "too_large_unpacked"


def test_a_workbook_that_needs_too_much_memory_ends_its_reader_and_not_an_import(tmp_path):
    path, scratch = tmp_path / "received", Scratch(tmp_path / "scratch", 1 << 20)
    path.write_bytes(small_workbook_of_many_cells())
    with pytest.raises(FileFault) as fault, open_roster(path, CARE, scratch):
        pass
    assert fault.value.code == "too_large_unpacked"
    assert "far below and beside the rows" in fault.value.reason
    assert list(scratch.folder.iterdir()) == []


def test_a_file_that_is_no_container_is_its_own_roster(tmp_path):
    source = MemoryBytes(b"First Name,Last Name\n")
    with open_roster(source, CARE, Scratch(tmp_path, 1)) as roster:  # type: ignore[arg-type]
        assert roster.source is source
