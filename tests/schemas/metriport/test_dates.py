"""Dates of birth in a Metriport file: the forms that are read, and those that are not."""

from datetime import date

import pytest

from schemas.rules import Circumstances
from tests.schemas.tables import readings

pytestmark = pytest.mark.dated

MARY = {
    "firstName": "Mary",
    "lastName": "Poe",
    "dob": "1951-05-05",
    "gender": "F",
    "addressLine1": "1 Main St",
    "city": "Boston",
    "state": "MA",
    "zip": "02101",
}
COHORT = "0193d2a0-0000-7000-8000-000000000001"


def check(slot: str, expected: str, circumstances: Circumstances | None = None) -> None:
    found, wanted = readings("metriport", MARY, slot, expected, circumstances)
    assert found == wanted


def test_a_dob_is_read_in_every_promised_form():
    check(
        "birth_date",
        """
        dob                      | stored     | loads | says
        1951-05-27               | 1951-05-27 | yes   |
        1951/05/27               | 1951-05-27 | yes   |
        1951.05.27               | 1951-05-27 | yes   |
        1951-05-27T00:00:00Z     | 1951-05-27 | yes   |
        1951-05-27T23:30:00-08:00 | 1951-05-27 | yes  |
        1951-05-27 00:00:00.000  | 1951-05-27 | yes   |
        05/27/1951               | 1951-05-27 | yes   |
        05/06/1951               | 1951-05-06 | yes   |
        May 27, 1951             | 1951-05-27 | yes   |
        May 7, 1951              | 1951-05-07 | yes   |
        Sep 27, 1951             | 1951-09-27 | yes   |
        September 27, 1951       | 1951-09-27 | yes   |
        2000-02-29               | 2000-02-29 | yes   |
        1900-01-01               | 1900-01-01 | yes   |
        2026-11-21               | 2026-11-21 | yes   |
        """,
    )


def test_a_dob_that_is_none_of_these_or_impossible_fails_the_row():
    check(
        "birth_date",
        """
        dob          | stored | loads | says
                     |        | no    | Missing/invalid dob
        5/27/1951    |        | no    | Missing/invalid dob
        19510527     |        | no    | Missing/invalid dob
        27/05/1951   |        | no    | Missing/invalid dob
        1951-02-30   |        | no    | Missing/invalid dob
        1951-05/27   |        | no    | Missing/invalid dob
        1951-05-27x  |        | no    | Missing/invalid dob
        Foo 27, 1951 |        | no    | Missing/invalid dob
        Feb 30, 1951 |        | no    | Missing/invalid dob
        1899-12-31   |        | no    | Missing/invalid dob
        18774        |        | no    | Missing/invalid dob
        not a date   |        | no    | Missing/invalid dob
        2026-11-22   |        | no    | Missing/invalid dob: can't be in the future
        """,
    )


def test_today_is_the_day_the_file_was_received():
    check(
        "birth_date",
        """
        dob        | stored     | loads | says
        2024-02-29 | 2024-02-29 | yes   |
        2024-03-01 |            | no    | Missing/invalid dob: can't be in the future
        """,
        Circumstances(date(2024, 2, 29)),
    )


def test_dates_of_a_file_with_the_day_first_are_not_read_with_the_month_first():
    unclear = "may have the day or the month first, and other dates of the file have the day first"
    check(
        "birth_date",
        f"""
        dob        | stored     | loads | says
        13/02/1950 |            | no    | Missing/invalid dob
        05/03/1961 |            | no    | Missing/invalid dob: 05/03/1961 {unclear}
        05/05/1961 | 1961-05-05 | yes   |
        1/2/1961   |            | no    | Missing/invalid dob
        """,
    )
