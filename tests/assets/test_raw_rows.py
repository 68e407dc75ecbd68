"""Table `raw`: the same records from DuckDB and from our own reader."""

import duckdb
import pytest

from assets.raw_rows import load_raw, load_tolerantly
from rosters.read_layout import read_layout
from rosters.value_macros import load_macros
from schemas.catalogue import get_format
from schemas.errors import FileFault

PTDIRECT = get_format("ptdirect")
THOROUGHCARE = get_format("thoroughcare")
HEADER = "Patient First Name *,Patient Last Name *,Patient Birthday *,Gender *,EHR ID *"


@pytest.fixture
def engine():
    with duckdb.connect() as connection:
        load_macros(connection)
        yield connection


@pytest.fixture
def load(engine, tmp_path):
    """Load a file; returns its number of records and the rows (line, fields, cells, surplus)."""

    def load(content, file_format=PTDIRECT, reader=load_raw):
        path = tmp_path / "roster.csv"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        layout = read_layout(path, file_format)
        count = reader(engine, path, layout)
        rows = engine.execute("FROM raw ORDER BY line").fetchall()
        return count, [
            (line, fields, list(cells), surplus)
            for line, fields, *cells, surplus, _plain, _doubtful in rows
        ]

    return load


def test_a_regular_file_keeps_cells_as_they_are(load):
    count, rows = load(f'{HEADER}\n Ann ,"Lee, Jr",1977-01-02,f,007\n', THOROUGHCARE)
    assert count == 1
    assert rows == [(2, 5, [" Ann ", "Lee, Jr", "1977-01-02", "f", "007"], None)]


def test_lines_are_those_of_a_spreadsheet_and_blank_records_are_left_out(load):
    content = "C-1,Ann,Lee,1977,f\n\nC-2,Bob,Lee,1950,m\n,,,,\nC-3,Cleo,Lee,1960,f\n"
    count, rows = load(content)
    assert (count, [line for line, *_ in rows]) == (3, [1, 3, 5])


def test_a_line_break_in_a_cell_does_not_start_a_line(load):
    content = f'{HEADER}\n"An\nn",Lee,1977-01-02,f,1\nBob,Lee,1950-01-02,m,2\n'
    _, rows = load(content, THOROUGHCARE)
    assert [(line, cells[0]) for line, _, cells, _ in rows] == [(2, "An\nn"), (3, "Bob")]


def test_short_and_long_records_are_kept_with_their_number_of_cells(load):
    _, rows = load(f"{HEADER}\nAnn,Lee\nBob,Lee,1950-01-02,m,2,more,most\n", THOROUGHCARE)
    short, long = rows
    assert short == (2, 2, ["Ann", "Lee", None, None, None], None)
    assert long == (3, 7, ["Bob", "Lee", "1950-01-02", "m", "2"], ["more", "most"])


def test_a_long_record_without_a_value_in_our_columns_is_not_blank(load):
    count, rows = load(f"{HEADER}\n,,,,,lost\n", THOROUGHCARE)
    assert (count, rows[0][3]) == (1, ["lost"])


def test_an_unclosed_quote_fails_the_file_instead_of_losing_its_rows(load):
    with pytest.raises(FileFault) as fault:
        load(f'{HEADER}\nAnn,Lee,1977-01-02,f,1\nBob,"Lee,1950-01-02,m,2\n', THOROUGHCARE)
    assert (fault.value.code, fault.value.line) == ("unclosed_quote", 3)


@pytest.mark.parametrize(
    "body",
    [
        "Ann,Lee,1977-01-02,f,1\nBob,Lee,1950-01-02,m,2\n",
        '"Ann ""A""","Lee, Jr",1977-01-02,f,1\n',
        '"An\nn",Lee,"",f,1',
        " Ann,L\N{LATIN SMALL LETTER E WITH ACUTE}e ,1977-01-02,,1\n",
    ],
)
def test_both_readers_give_the_same_table_of_a_regular_file(load, body):
    content = f"{HEADER}\n{body}"
    _, fast = load(content, THOROUGHCARE)
    _, tolerant = load(content, THOROUGHCARE, load_tolerantly)
    blank_as_null = [(line, n, [c or None for c in cells], s) for line, n, cells, s in tolerant]
    assert [(line, n, [c or None for c in cells], s) for line, n, cells, s in fast] == blank_as_null
