"""Downloads without cells that a spreadsheet would run."""

import csv
import io

import pytest

from gateway.portal.safe_cells import harmless, has_formulas, without_formulas


@pytest.mark.parametrize(
    "cell", ["=1+1", "@SUM(A1)", "+A1", "-A1", "-1+cmd|'x'!A0", "\t=1", "\r@x", "+1+1"]
)
def test_a_formula_gets_a_quote(cell):
    assert harmless(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "Ann", "-1", "+1 (212) 555-0123", "-2.5", "a=b", "-", "'=1"])
def test_numbers_and_text_stay(cell):
    assert harmless(cell) == cell


def test_rows_keep_their_cells_and_line_ends(tmp_path):
    path = tmp_path / "result.csv"
    path.write_bytes(b'a,"two\nlines",=1\r\n' + b"x,y,z\r\n" * 1200)
    assert has_formulas(path)
    made = b"".join(without_formulas(path))
    assert made.count(b"\r\n") == 1201
    rows = list(csv.reader(io.StringIO(made.decode(), newline="")))
    assert rows[0] == ["a", "two\nlines", "'=1"]
    assert rows[-1] == ["x", "y", "z"]


def test_a_file_without_formulas_is_told_by_its_bytes(tmp_path):
    path = tmp_path / "plain.csv"
    path.write_bytes(b"a,b=c\n1,2\n" * 200_000)
    assert not has_formulas(path)
