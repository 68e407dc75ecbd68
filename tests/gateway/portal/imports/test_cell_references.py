"""Cells are named as spreadsheets do."""

import pytest

from gateway.portal.imports.cell_references import cells_of, letters
from schemas.catalogue import get_format
from tests.gateway.portal.rosters import METRIPORT


@pytest.mark.parametrize(
    ("place", "name"),
    [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (701, "ZZ"), (702, "AAA")],
)
def test_columns_are_named_as_spreadsheets_do(place, name):
    assert letters(place) == name


@pytest.mark.parametrize(
    "content",
    [
        METRIPORT.encode(),
        b"\xef\xbb\xbf" + METRIPORT.encode(),
        METRIPORT.encode("utf-16"),
        METRIPORT.replace(",", ";").encode(),
        METRIPORT.replace(",", "\t").replace("Boston", "Bost\xf3n").encode("windows-1252"),
    ],
)
def test_cells_are_found_however_the_file_is_written(content, tmp_path):
    path = tmp_path / "archived"
    path.write_bytes(content)
    cells = cells_of(get_format("metriport"), path)
    assert (cells.name("dob", 7), cells.name("zip", 2), cells.name("none", 2)) == ("C7", "H2", "")
    assert cells.declared("First Name").slot == "first_name"
