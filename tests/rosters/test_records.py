"""Records as people's exports have them, each with the line that a spreadsheet shows."""

import pytest

from rosters.read_layout import read_layout
from rosters.records import read_records
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.rosters.files import ODD_FILES, PERSON, REQUIRED
from tests.rosters.sources import MemoryBytes

HEADER = ",".join(REQUIRED)


def records(content: str | bytes, format_name: str = "thoroughcare"):
    source = MemoryBytes(content if isinstance(content, bytes) else content.encode())
    found = list(read_records(source, read_layout(source, get_format(format_name))))
    assert source.still_open == 0
    return [(record.line, record.cells) for record in found]


@pytest.mark.parametrize("file", ODD_FILES, ids=lambda file: file.name)
def test_the_row_of_an_odd_file_is_read(file):
    ((line, cells),) = records(file.content)
    assert line == 2
    assert len(cells) == len(file.headers)
    assert cells[file.born - 2 : file.born + 2] == list(PERSON)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("A,B,C,D\nE,F,G,H\n", [(2, ["A", "B", "C", "D"]), (3, ["E", "F", "G", "H"])]),
        ("\nA,B\n\n\nC", [(3, ["A", "B"]), (6, ["C"])]),
        ('"A\nB",C\nD\n', [(2, ["A\nB", "C"]), (3, ["D"])]),
        ('A "nick",B\n', [(2, ['A "nick"', "B"])]),
        ('"A""B",C\n', [(2, ['A"B', "C"])]),
        ("A,B\r\nC,D\rE", [(2, ["A", "B"]), (3, ["C", "D"]), (4, ["E"])]),
        ("A,B,C,D,E,F\n", [(2, ["A", "B", "C", "D", "E", "F"])]),
        ("", []),
    ],
)
def test_deviations_are_read_and_lines_are_counted_as_spreadsheets_do(body, expected):
    assert records(f"{HEADER}\n{body}") == expected


def test_a_headerless_roster_begins_on_line_1_and_may_have_spaces_before_quotes():
    ((line, cells),) = records('C-1, "Ann, B.",Sample,1977,f\n', "ptdirect")
    assert (line, cells[:2]) == (1, ["C-1", "Ann, B."])


@pytest.mark.parametrize(
    ("body", "line"), [('A,"B\nC,D\n', 2), ('A,B\n"C,D\n\n', 3), ('A,B\nC,D\n"', 4)]
)
def test_a_quote_that_is_never_closed_fails_the_file_by_its_line(body, line):
    with pytest.raises(FileFault) as fault:
        records(f"{HEADER}\n{body}")
    assert (fault.value.code, fault.value.line) == ("unclosed_quote", line)


def test_a_stray_quote_at_the_end_of_a_file_is_none_that_was_never_closed():
    assert records(f'{HEADER}\nA,5"\n') == [(2, ["A", '5"'])]
