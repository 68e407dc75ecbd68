"""Which delimiter, which columns: what the first record of a file says about all others."""
# ruff: noqa: RUF001 - the marks that are meant

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


OURS = ("Result", "Messages", "Patient ID")


def test_our_columns_are_those_in_our_places_whatever_the_senders_are_called():
    assert layout_of(odd("", before=OURS).content).ours == (0, 1, 2)
    alone = layout_of(odd("", before=("Result",)).content)
    assert (alone.ours, alone.unknown) == ((), (0,))
    twice = layout_of(odd("", "Result", before=OURS).content)
    assert (twice.ours, twice.unknown) == ((0, 1, 2), (7,))
    own = layout_of(odd("", before=(*OURS, "Patient ID")).content)
    assert (own.ours, own.slots["ehr_id"]) == ((0, 1, 2), 3)
    moved = layout_of(odd("", *OURS).content)
    assert (moved.ours, "ehr_id" in moved.slots) == ((4, 5, 6), False)
    some = layout_of(odd("", *OURS[1:]).content)
    assert (some.ours, some.slots["ehr_id"]) == ((), 5)


def test_our_columns_behind_the_senders_are_the_last_ones():
    own = "firstName,lastName,status,reason"
    ours = "metriportId,status,reason,action,warnings"
    for header in (f"{own},{ours}", f"{own},{ours},,"):
        layout = layout_of(f"{header}\n".encode(), "metriport")
        assert layout.ours == (4, 5, 6, 7, 8)
        assert layout.unknown[:2] == (2, 3)
    assert layout_of(f"{own}\n".encode(), "metriport").ours == ()


@pytest.mark.parametrize(
    ("above", "lines"),
    [("\r\n", 1), (" ,,;\n\n", 2), ("sep=,\r\n", 1), ('"sep=,"\n,,,\n', 2), ("SEP=,,,,\r\n", 1),
     ("\n\nsep=,\n", 3)],
)  # fmt: skip
def test_lines_without_data_above_the_header_are_passed_over(above, lines):
    plain = odd("").content
    layout = layout_of(above.encode() + plain)
    assert (layout.lines_before_header, layout.lines_before_rows) == (lines, lines + 1)
    assert layout.headers == layout_of(plain).headers


def test_the_line_for_excel_says_which_delimiter_the_file_has():
    content = b"sep=;\r\n" + odd("", "a,b,c,d,e,f,g", delimiter=";").content
    assert layout_of(content).delimiter == ";"
    assert layout_of(b"sep=\t\n" + odd("", delimiter="\t").content).delimiter == "\t"
    fault = fault_of(b"sep=^\n" + odd("").content)
    assert (fault.code, fault.line) == ("wrong_delimiter", 1)
    assert fault_of(b"sep=;\nfirstName;dob\n", "metriport").code == "wrong_delimiter"


@pytest.mark.parametrize(
    ("above", "line"),
    [("Sunrise Clinic,,,\nRun date,,,\n", 3), ("# exported\n", 2), ("# exported by x\n\n\n", 4)],
)
def test_a_title_above_the_header_is_refused_and_the_header_is_pointed_at(above, line):
    fault = fault_of(above.encode() + odd("").content)
    assert (fault.code, fault.line) == ("header_unusable", 1)
    assert f"line {line} looks like the header; remove the lines above it" in fault.reason


@pytest.mark.parametrize("pair", ["''", "“”", "‘’", "``", "«»"])
def test_marks_that_are_no_quotes_are_named(pair):
    cells = ",".join(f"{pair[0]}{header}{pair[1]}" for header in ("First Name", "Last Name", "DOB"))
    fault = fault_of(f"{cells}\n".encode())
    assert (fault.code, fault.line) == ("wrong_quotes", 1)
    assert f"quoted with {pair[0]} and {pair[1]}" in fault.reason
    assert fault_of(f"{cells}\n".encode(), "ptdirect").code == "wrong_quotes"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (f'{",".join(REQUIRED)},"Notes\nA,B,C,D,x\nE,F,G,H,"y\n', "unclosed_quote"),
        (f'{",".join(REQUIRED)},"Notes\nA,B,C,D,x\nE,F,G,H,y"\nI,J,K,L,z\n', "unclosed_quote"),
        (f'{",".join(REQUIRED)},"Notes\nA,B,C,D,x\n', "unclosed_quote"),
        (f"{','.join(REQUIRED)},{'x' * 2_000_000}\nA,B,C,D\n", "line_too_long"),
    ],
    ids=["closed in a later line", "closed at a cell's end", "never closed", "too long"],
)
def test_a_header_that_swallows_rows_fails_the_file(content, code):
    fault = fault_of(content.encode())
    assert (fault.code, fault.line) == (code, 1)
    assert "A,B" not in fault.reason


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
