"""Which delimiter, which columns: what the first record of a file says about all others."""

import codecs

import pytest

from rosters.read_layout import MAX_COLUMNS, read_layout
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.rosters.files import BORN, FIRST, GENDER, LAST, ODD_FILES, REQUIRED, odd, text
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")


def layout_of(content: bytes, format_name: str = "thoroughcare"):
    return read_layout(MemoryBytes(content), get_format(format_name))


def fault_of(content: bytes, format_name: str = "thoroughcare") -> FileFault:
    with pytest.raises(FileFault) as fault:
        layout_of(content, format_name)
    return fault.value


@pytest.mark.parametrize("file", ODD_FILES, ids=lambda file: file.name)
def test_headers_are_read_as_they_came(file):
    layout = read_layout(MemoryBytes(file.content), file.file_format)
    assert layout.headers == file.headers
    assert layout.delimiter == file.delimiter
    assert layout.slots["birth_date"] == file.born
    assert layout.width == len(file.headers)


def test_a_comma_file_stays_one_whatever_its_last_header_holds():
    for marks in (";;;;;;", "\t\t\t\t\t\t", "||||||"):
        layout = layout_of(text((*REQUIRED, f"a{marks}b"), ("A", "B", "C", "D", "E")).encode())
        assert (layout.delimiter, layout.width) == (",", 5)


def test_another_delimiter_is_noted_where_the_format_takes_it_and_refused_elsewhere():
    content = text(REQUIRED, ("A", "B", "C", "D"), delimiter=";").encode()
    assert layout_of(content).notes == (
        ("delimiter_recognised", "the fields are separated by a semicolon"),
    )
    other = text(("firstName", "lastName", "dob"), ("A", "B", "C"), delimiter="|").encode()
    fault = fault_of(other, "metriport")
    assert (fault.code, fault.line) == ("wrong_delimiter", 1)
    assert "vertical bar" in fault.reason


def test_a_headerless_format_takes_its_columns_in_their_order():
    layout = layout_of(b"C-1,Ann,Sample,1977,f\n", "ptdirect")
    columns = get_format("ptdirect").columns
    assert not layout.has_header
    assert layout.slots == {column.slot: i for i, column in enumerate(columns)}
    assert layout.width == len(columns)
    assert layout.space_before_quotes


def test_unknown_columns_are_named_in_a_note_and_come_back():
    layout = layout_of(odd("", "Ward", "", "Ward").content)
    assert layout.unknown == (4, 5, 6)
    assert layout.notes == (
        ("unknown_column", "columns that are not used: Ward, (column 6, no name), Ward"),
    )
    assert layout.echoed == tuple(range(7))


def test_of_many_unknown_columns_twenty_are_named():
    layout = layout_of(odd("", *(f"u{i}" for i in range(25))).content)
    ((_, message),) = layout.notes
    assert message.endswith("u18, u19 and 5 more")


def test_our_columns_are_ignored_only_where_all_of_them_came_back():
    assert layout_of(odd("", before=("Result", "Messages", "Patient ID")).content).ours == (0, 1, 2)
    alone = layout_of(odd("", before=("Result",)).content)
    assert (alone.ours, alone.unknown) == ((), (0,))
    twice = layout_of(odd("", "Result", before=("Result", "Messages", "Patient ID")).content)
    assert twice.ours == ()


@pytest.mark.parametrize(
    ("headers", "code", "said"),
    [
        (("a", "b"), "header_unusable", "none of the column names"),
        ((FIRST, "first name", LAST, BORN, GENDER), "duplicate_header", "'first name' mean"),
        ((FIRST, LAST), "missing_column", "Patient Birthday, Patient Gender"),
        (("a",) * (MAX_COLUMNS + 1), "too_many_columns", "1025 columns"),
    ],
)
def test_a_header_that_cannot_be_used_is_refused(headers, code, said):
    fault = fault_of(text(headers, ("x",) * len(headers)).encode())
    assert (fault.code, fault.line) == (code, 1)
    assert said in fault.reason


@pytest.mark.parametrize("content", [b"", b"\r\n\r\n", b" ,,;\t|\n", codecs.BOM_UTF8])
def test_a_file_without_a_word_is_empty(content):
    assert fault_of(content).code == "empty_file"


def test_a_missing_column_fails_rows_and_not_the_file_where_the_format_says_so():
    layout = layout_of(b"firstName,lastName\nAda,Sample\n", "metriport")
    assert set(layout.slots) == {"first_name", "last_name"}


def test_no_byte_is_read_through_a_name_of_a_file():
    """Bytes in memory are enough, as bytes in object storage will be."""
    source = MemoryBytes(odd("").content)
    assert read_layout(source, CARE).width == 4
    assert source.opened >= 1
    assert source.still_open == 0
