"""Which files keep RFC 4180 to the letter."""

import pytest

from rosters import regular_files
from rosters.read_layout import read_layout
from rosters.regular_files import count_regular_records
from schemas.catalogue import get_format
from tests.rosters.files import REQUIRED, odd
from tests.rosters.sources import MemoryBytes

HEADER = ",".join(REQUIRED)


def count(content: str | bytes, format_name: str = "thoroughcare") -> int | None:
    source = MemoryBytes(content if isinstance(content, bytes) else content.encode())
    found = count_regular_records(source, read_layout(source, get_format(format_name)))
    assert source.still_open == 0
    return found


@pytest.mark.parametrize(
    ("body", "records"),
    [
        ("A,B,C,D\n", 2),
        ("A,B,C,D", 2),
        ("A,B,C,D\nE,F,G,H\n", 3),
        ('"A\nB",B,C,D\nE,F,G,H\n', 3),
        ('"A ""x""",B,C,""\n', 2),
        ('A,B,C,"D"', 2),
    ],
)
def test_records_of_a_regular_file_are_counted_with_its_header(body, records):
    assert count(f"{HEADER}\n{body}") == records
    whole = f"{HEADER}\n{body}".replace("\n", "\r\n")
    assert count(whole) == records


@pytest.mark.parametrize(
    "body",
    [
        "A,B\n\nC,D\n",  # a blank line
        "A,B\rC,D\n",  # two kinds of line end
        'A "x",B\n',  # a quote inside a cell
        '"A"x,B\n',
        '"A,B\n',  # never closed
    ],
)
def test_a_file_that_deviates_is_not_regular(body):
    assert count(f"{HEADER}\n{body}") is None


@pytest.mark.parametrize(
    "file",
    [
        odd("", encoding="utf-16"),
        odd("", "R\xe9sum\xe9", encoding="windows-1252"),
        odd("", headers=("Patient\nFirst Name *", *REQUIRED[1:])),
        odd("", headers=(f"{REQUIRED[0]}\n", *REQUIRED[1:]), ends="\n"),
    ],
)
def test_another_encoding_or_a_header_of_several_lines_is_not_regular(file):
    assert count(file.content) is None


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7])
@pytest.mark.parametrize(
    "body",
    ['"A\r\nB","x ""y""",C,D\r\nE,F,G,"H"\r\n', "A,B,C,D\r\n\r\nE", "A,B\r\nC,D\nE", "A\rB",
     '"A"x,B\r\n', 'A"",B\r\n', '"A,B\r\n'],
)  # fmt: skip
def test_pieces_of_any_size_say_the_same(monkeypatch, body, size):
    whole = count(f"{HEADER}\r\n{body}")
    monkeypatch.setattr(regular_files, "PIECE_BYTES", size)
    assert count(f"{HEADER}\r\n{body}") == whole


def test_lines_without_data_above_the_header_are_no_reason_to_read_slowly():
    assert count(f"sep=,\n{HEADER}\nA,B,C,D\n") == 3
    assert count(f",,,\n{HEADER}\nA,B,C,D\n") == 3


def test_a_headerless_file_is_not_regular():
    assert count("C-1,Ann,Sample,1977,f\n", "ptdirect") is None


def test_the_file_is_read_once():
    source = MemoryBytes(odd("").content)
    layout = read_layout(source, get_format("thoroughcare"))
    before = source.opened
    assert count_regular_records(source, layout) == 2
    assert source.opened == before + 1
