"""Which character separates the fields."""

import threading

import pytest

from rosters.csv_reader import csv_records
from rosters.delimiters import DELIMITERS, find_delimiter
from rosters.read_layout import read_layout
from schemas.catalogue import get_format
from schemas.errors import FileFault
from tests.rosters.files import REQUIRED, odd
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")


@pytest.mark.parametrize("mark", DELIMITERS)
def test_the_delimiter_is_the_one_that_gives_known_headers(mark):
    others = "".join(each * 9 for each in DELIMITERS if each != mark)
    header = mark.join((*REQUIRED, f'"{others}"'))
    assert find_delimiter(f"{header}\r\nx\r\n", CARE) == mark


@pytest.mark.parametrize(
    "text", ["", "\n", "\r\nFirst Name,Last Name", "no header at all", "a;b;c"]
)
def test_where_nothing_makes_sense_it_is_the_comma(text):
    assert find_delimiter(text, CARE) == ","


def test_one_known_header_is_a_comma_file():
    assert find_delimiter("Zip\n02101\n", CARE) == ","


def test_the_whole_first_record_counts_and_not_its_first_line():
    assert find_delimiter('"Zip\n";City;State\n', CARE) == ";"


def test_a_headerless_roster_is_known_by_how_wide_it_is():
    desk = get_format("ptdirect")
    assert find_delimiter("C-1,Ann,Sample,1977,f\n", desk) == ","
    assert find_delimiter("C-1,Ann;x,Sample;y,1977;z,f;a;b\n", desk) == ","
    with pytest.raises(FileFault) as fault:
        find_delimiter("C-1;Ann;Sample;1977;f\n", desk)
    assert (fault.value.code, fault.value.line) == ("wrong_delimiter", 1)


def test_a_quote_that_is_never_closed_is_no_reason_to_fail_here():
    assert find_delimiter(f'{",".join(REQUIRED)},"open\nA,B,C,D\n', CARE) == ","


def test_long_cells_are_read_in_every_thread_whatever_was_read_before():
    """The csv module's limit is one for a process, and its own is 131,072 characters."""
    found = []

    def read() -> None:
        content = odd("", before=("x" * 300_000,)).content
        found.append(read_layout(MemoryBytes(content), CARE).slots["birth_date"])
        found.append(len(next(csv_records(["y" * 2_000_000]))[0]))

    threads = [threading.Thread(target=read) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(found) == [3] * 4 + [2_000_000] * 4
