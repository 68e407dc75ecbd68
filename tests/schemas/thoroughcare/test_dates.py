"""Dates in a ThoroughCare file: the forms that are read, and those that are not."""

from datetime import date

import pytest

from schemas.rules import Circumstances
from tests.schemas.tables import readings

pytestmark = pytest.mark.dated

MARIA = {
    "Patient First Name *": "Maria",
    "Patient Last Name *": "Lopez",
    "Patient Birthday *": "1961-05-27",
    "Patient Gender *": "f",
}


def check(slot: str, expected: str, received_on: date = date(2026, 11, 21)) -> None:
    known = Circumstances(received_on)
    found, wanted = readings("thoroughcare", MARIA, slot, expected, known)
    assert found == wanted


def test_a_birthday_is_read_in_every_promised_form():
    check(
        "birth_date",
        """
        Patient Birthday * | stored     | loads | says
        1961-05-27         | 1961-05-27 | yes   |
        19610527           | 1961-05-27 | yes   |
        5/27/1961          | 1961-05-27 | yes   |
        05/27/1961         | 1961-05-27 | yes   |
        5/7/1961           | 1961-05-07 | yes   |
        05-27-1961         | 1961-05-27 | yes   |
        2000-02-29         | 2000-02-29 | yes   |
        1900-01-01         | 1900-01-01 | yes   |
        """,
    )


def test_dates_that_leave_nothing_open_are_read_whatever_wrote_them():
    check(
        "birth_date",
        """
        Patient Birthday *      | stored     | loads | says
        1961-05-27 00:00:00     | 1961-05-27 | yes   |
        1961-05-27 00:00:00.000 | 1961-05-27 | yes   |
        1961-05-27T00:00:00     | 1961-05-27 | yes   |
        1961-05-27T00:00:00Z    | 1961-05-27 | yes   |
        1961-05-27T00:00:00-05:00 | 1961-05-27 | yes |
        5/27/1961 0:00          | 1961-05-27 | yes   |
        5/27/1961 12:00:00 AM   | 1961-05-27 | yes   |
        1961/05/27              | 1961-05-27 | yes   |
        1961.05.27              | 1961-05-27 | yes   |
        1961-5-27               | 1961-05-27 | yes   |
        5-7-1961                | 1961-05-07 | yes   |
        27-MAY-1961             | 1961-05-27 | yes   |
        27 May 1961             | 1961-05-27 | yes   |
        7 september 1961        | 1961-09-07 | yes   |
        7-Sept-1961             | 1961-09-07 | yes   |
        May 27, 1961            | 1961-05-27 | yes   |
        Jan. 7th, 1961          | 1961-01-07 | yes   |
        27 May 1961 00:00       | 1961-05-27 | yes   |
        """,
    )


_UNCLEAR = "may have the day or the month first, and other dates of this column have the day first"


def test_dates_of_a_column_with_the_day_first_are_not_read_with_the_month_first():
    told = f"Patient Birthday: {{}} {_UNCLEAR} (use YYYY-MM-DD)".format
    check(
        "birth_date",
        f"""
        Patient Birthday * | stored     | loads | says
        13/02/1950         |            | no    | Patient Birthday: 13/02/1950 is not a date (use YYYY-MM-DD)
        05/03/1961         |            | no    | {told("05/03/1961")}
        7/11/1980 0:00     |            | no    | {told("7/11/1980 0:00")}
        07-11-1980         |            | no    | {told("07-11-1980")}
        05/05/1961         | 1961-05-05 | yes   |
        1961-03-05         | 1961-03-05 | yes   |
        31/10/1981         |            | no    | Patient Birthday: 31/10/1981 is not a date (use YYYY-MM-DD)
        """,
    )


def test_a_date_with_the_month_first_makes_the_others_slips():
    check(
        "birth_date",
        """
        Patient Birthday * | stored     | loads | says
        13/02/1950         |            | no    | Patient Birthday: 13/02/1950 is not a date (use YYYY-MM-DD)
        05/03/1961         | 1961-05-03 | yes   |
        05/27/1961         | 1961-05-27 | yes   |
        """,
    )


def test_the_order_of_an_optional_date_is_its_own_columns_matter():
    check(
        "ccm_enrolled_on",
        f"""
        CCM Enrollment Date | stored     | loads | says
        13/02/2025          |            | yes   | CCM Enrollment Date: 13/02/2025 is not a date (use YYYY-MM-DD)
        05/03/2025          |            | yes   | CCM Enrollment Date: 05/03/2025 {_UNCLEAR} (use YYYY-MM-DD)
        """,
    )


def test_a_spreadsheets_day_number_is_read_with_a_warning():
    message = "was read as a spreadsheet's day number"
    check(
        "birth_date",
        f"""
        Patient Birthday * | stored     | loads | says
        22428              | 1961-05-27 | yes   | Patient Birthday: 22428 {message}
        22428.0            | 1961-05-27 | yes   | Patient Birthday: 22428.0 {message}
        36585              | 2000-02-29 | yes   | Patient Birthday: 36585 {message}
        9999               | 1927-05-17 | yes   | Patient Birthday: 9999 {message}
        """,
    )


def test_four_digits_that_could_be_a_year_are_no_day_number():
    check(
        "birth_date",
        """
        Patient Birthday * | stored | loads | says
        1961               |        | no    | Patient Birthday: 1961 is not a date (use YYYY-MM-DD)
        2010               |        | no    | Patient Birthday: 2010 is not a date (use YYYY-MM-DD)
        """,
    )


def test_a_birthday_that_is_no_date_fails_the_row():
    check(
        "birth_date",
        """
        Patient Birthday * | stored | loads | says
                           |        | no    | Patient Birthday: is required
        13/45/2020         |        | no    | Patient Birthday: 13/45/2020 is not a date (use YYYY-MM-DD)
        27/05/1961         |        | no    | Patient Birthday: 27/05/1961 is not a date (use YYYY-MM-DD)
        1961-02-30         |        | no    | Patient Birthday: 1961-02-30 is not a date (use YYYY-MM-DD)
        2023-02-29         |        | no    | Patient Birthday: 2023-02-29 is not a date (use YYYY-MM-DD)
        1900-02-29         |        | no    | Patient Birthday: 1900-02-29 is not a date (use YYYY-MM-DD)
        19611327           |        | no    | Patient Birthday: 19611327 is not a date (use YYYY-MM-DD)
        05271961           |        | no    | Patient Birthday: 05271961 is not a date (use YYYY-MM-DD)
        1961-05-27 23:30   |        | no    | Patient Birthday: 1961-05-27 23:30 is not a date (use YYYY-MM-DD)
        1961-05-27T05:00:00Z |      | no    | Patient Birthday: 1961-05-27T05:00:00Z is not a date (use YYYY-MM-DD)
        27.05.1961         |        | no    | Patient Birthday: 27.05.1961 is not a date (use YYYY-MM-DD)
        27 Mai 1961        |        | no    | Patient Birthday: 27 Mai 1961 is not a date (use YYYY-MM-DD)
        31 Feb 1961        |        | no    | Patient Birthday: 31 Feb 1961 is not a date (use YYYY-MM-DD)
        1961-05/27         |        | no    | Patient Birthday: 1961-05/27 is not a date (use YYYY-MM-DD)
        0                  |        | no    | Patient Birthday: 0 is not a date (use YYYY-MM-DD)
        unknown            |        | no    | Patient Birthday: unknown is not a date (use YYYY-MM-DD)
        """,
    )


def test_a_year_of_two_digits_is_never_guessed():
    message = "has a year of two digits (use YYYY-MM-DD)"
    check(
        "birth_date",
        f"""
        Patient Birthday * | stored | loads | says
        5/27/61            |        | no    | Patient Birthday: 5/27/61 {message}
        05/27/61           |        | no    | Patient Birthday: 05/27/61 {message}
        05-27-61           |        | no    | Patient Birthday: 05-27-61 {message}
        27-May-61          |        | no    | Patient Birthday: 27-May-61 {message}
        """,
    )


def test_a_birthday_lies_between_1900_and_the_day_the_file_was_received():
    check(
        "birth_date",
        """
        Patient Birthday * | stored     | loads | says
        2026-11-21         | 2026-11-21 | yes   |
        2026-11-22         |            | no    | Patient Birthday: 2026-11-22 is in the future
        11/22/2026         |            | no    | Patient Birthday: 11/22/2026 is in the future
        9999-12-31         |            | no    | Patient Birthday: 9999-12-31 is in the future
        1899-12-31         |            | no    | Patient Birthday: 1899-12-31 is before 1900
        0001-01-01         |            | no    | Patient Birthday: 0001-01-01 is before 1900
        """,
    )
    check(
        "birth_date",
        """
        Patient Birthday * | stored     | loads | says
        2024-02-29         | 2024-02-29 | yes   |
        2024-03-01         |            | no    | Patient Birthday: 2024-03-01 is in the future
        """,
        received_on=date(2024, 2, 29),
    )


def test_an_optional_date_may_lie_ahead_and_a_bad_one_is_a_warning():
    for slot, header in (
        ("ccm_enrolled_on", "CCM Enrollment Date"),
        ("medicare_enrolled_on", "Medicare Enrollment Date"),
    ):
        check(
            slot,
            f"""
            {header}   | stored     | loads | says
            2025-01-31 | 2025-01-31 | yes   |
            1/31/2025  | 2025-01-31 | yes   |
            20250131   | 2025-01-31 | yes   |
            2027-01-01 | 2027-01-01 | yes   |
            45688      | 2025-01-31 | yes   | {header}: 45688 was read as a spreadsheet's day number
            1/31/25    |            | yes   | {header}: 1/31/25 has a year of two digits (use YYYY-MM-DD)
            soon       |            | yes   | {header}: soon is not a date (use YYYY-MM-DD)
            1899-01-01 |            | yes   | {header}: 1899-01-01 is before 1900
                       |            | yes   |
            """,
        )
