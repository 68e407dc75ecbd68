"""Cells by the names that spreadsheets give them."""

import pytest

from rosters.cells import cell_name, column_letters


@pytest.mark.parametrize(
    ("index", "letters"),
    [(0, "A"), (1, "B"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA"),
     (1023, "AMJ"), (16_383, "XFD")],
)  # fmt: skip
def test_columns_are_named_as_spreadsheets_do(index, letters):
    assert column_letters(index) == letters


def test_no_two_columns_share_a_name():
    assert len({column_letters(index) for index in range(20_000)}) == 20_000


def test_a_cell_is_named_by_column_and_line():
    assert cell_name(1, 7) == "B7"
    assert cell_name(27, 100_000) == "AB100000"


@pytest.mark.parametrize(
    ("sheet", "name"),
    [
        ("", "B7"),
        ("Patients", "Patients!B7"),
        ("New patients", "'New patients'!B7"),
        ("Ada's", "'Ada''s'!B7"),
    ],
)
def test_a_cell_of_a_workbook_is_named_with_its_sheet(sheet, name):
    assert cell_name(1, 7, sheet) == name
