"""Cells as a person sees them, and number formats that put zeros before a number."""

import datetime as dt

import pytest

from rosters.containers.shown_cells import row_as_text, with_zeros, zero_pattern


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Ann", "Ann"),
        ("two\r\nlines", "two\nlines"),
        (1234567890123456.0, "1234567890123456"),
        (5551234567.0, "5551234567"),
        (0.1 + 0.2, "0.3"),
        (1.5e-7, "0.00000015"),
        (-3.0, "-3"),
        (7, "7"),
        (True, "TRUE"),
        (dt.date(1961, 5, 27), "1961-05-27"),
        (dt.datetime(1961, 5, 27), "1961-05-27"),  # noqa: DTZ001 - a cell has no zone
        (dt.datetime(1961, 5, 27, 8, 30), "1961-05-27 08:30:00"),  # noqa: DTZ001
        (dt.time(8, 30), "08:30:00"),
        (dt.timedelta(hours=36), "36:00:00"),
    ],
)
def test_a_cell_is_shown_as_text(value, shown):
    assert row_as_text([value]) == [shown]


@pytest.mark.parametrize(
    ("number_format", "shape"),
    [
        ("00000", "00000"),
        (r"000\-00\-0000", "000-00-0000"),
        ('"No. "0000', "No. 0000"),
        ("[Red]00000;General", "00000"),
        ("00000-0000", "00000-0000"),
        ("0", None),
        ("0.00", None),
        ("#,##0", None),
        ("yyyy-mm-dd", None),
        ("General", None),
        ('"1900"00', None),
    ],
)
def test_a_number_format_with_zeros_has_a_shape(number_format, shape):
    assert zero_pattern(number_format) == shape


@pytest.mark.parametrize(
    ("value", "shape", "shown"),
    [
        (1234.0, "00000", "01234"),
        (12345678.0, "000-00-0000", "012-34-5678"),
        (1234567.0, "00000", "1234567"),
        (12.5, "00000", 12.5),
        (-3.0, "00000", -3.0),
        ("01234", "00000", "01234"),
        (7.0, "#000", "007"),
    ],
)
def test_a_number_has_the_zeros_of_its_format(value, shape, shown):
    assert with_zeros(value, shape) == shown
