"""The cells of failed rows, found by their columns whatever stands around them."""

from dataclasses import replace

import pytest

from rosters.failed_rows import failed_rows_have_header, read_failed_cells
from rosters.read_layout import read_layout
from schemas.catalogue import get_format
from tests.rosters.files import REQUIRED, odd, text
from tests.rosters.sources import MemoryBytes

CARE = get_format("thoroughcare")
OURS = ("Result", "Messages", "Patient ID")


def test_our_columns_before_the_senders_are_passed_over():
    layout = read_layout(MemoryBytes(odd("", before=("Patient ID",)).content), CARE)
    failed = text(
        (*OURS, "Patient ID", *REQUIRED),
        ("Errored", "no", "", "own id", "Ada", "B", "soon", "F"),
        ("Errored", "no", "", "other", "Ben"),
    ).encode()
    first, second = read_failed_cells(MemoryBytes(failed), layout, CARE.result, 0, 10)
    assert first == {0: "own id", 1: "Ada", 2: "B", 3: "soon", 4: "F"}
    assert second == {0: "other", 1: "Ben"}


def test_our_columns_that_came_back_keep_the_indices_of_the_others():
    layout = read_layout(MemoryBytes(odd("", before=OURS).content), CARE)
    failed = text((*OURS, *REQUIRED), ("Errored", "no", "", "Ada", "B", "soon", "F")).encode()
    (cells,) = read_failed_cells(MemoryBytes(failed), layout, CARE.result, 0, 1)
    assert cells == {3: "Ada", 4: "B", 5: "soon", 6: "F"}


@pytest.mark.parametrize(("first", "count", "found"), [(0, 2, "01"), (1, 2, "12"), (2, 9, "2"),
                                                       (3, 1, "")])  # fmt: skip
def test_some_of_many_rows_are_read(first, count, found):
    layout = read_layout(MemoryBytes(odd("").content), CARE)
    failed = text((*OURS, *REQUIRED), *(("", "", "", str(i)) for i in range(3))).encode()
    cells = read_failed_cells(MemoryBytes(failed), layout, CARE.result, first, count)
    assert "".join(row[0] for row in cells) == found


def test_a_headerless_format_has_no_header_unless_our_columns_are_there():
    desk = get_format("ptdirect")
    layout = read_layout(MemoryBytes(b"C-1,Ann,Sample,1977,f\n"), desk)
    assert not failed_rows_have_header(layout, desk.result)
    failed = MemoryBytes(b"C-1,Ann,Sample,soon,f,,,,,extra\r\n")
    (cells,) = read_failed_cells(failed, layout, desk.result, 0, 5)
    assert (cells[0], cells[3]) == ("C-1", "soon")
    assert layout.width not in cells
    assert failed_rows_have_header(layout, replace(desk.result, failed_has_ours=True))
