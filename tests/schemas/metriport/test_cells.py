"""What a cell of a Metriport file may contain, what is stored of it, and the messages about it."""

from datetime import date

from schemas.rules import Circumstances
from tests.schemas.tables import readings

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
WHOLE = "was read as a whole number; format the column as text"
ROUNDED = (
    "is a number that a spreadsheet has rounded; format the column as text and export it again"
)
NO_VALUE = 'stands for "no value" and was left out'


def check(slot: str, expected: str, circumstances: Circumstances | None = None) -> None:
    found, wanted = readings("metriport", MARY, slot, expected, circumstances)
    assert found == wanted


def test_only_a_name_all_in_one_case_is_recased():
    for slot, header in (("first_name", "firstName"), ("last_name", "lastName")):
        check(
            slot,
            f"""
            {header}      | stored        | loads | says
            MCALLISTER    | Mcallister    | yes   |
            McAllister    | McAllister    | yes   |
            mary          | Mary          | yes   |
            MARY ANN      | Mary Ann      | yes   |
            O'BRIEN       | O'Brien       | yes   |
            o'brien       | O'Brien       | yes   |
            SMITH-JONES   | Smith-jones   | yes   |
            ÉMILE         | Émile         | yes   |
            de la Cruz    | de la Cruz    | yes   |
            X             | X             | yes   |
                          |               | no    | Missing {header}
            """,
        )


def test_names_set_apart_by_comma_or_space_are_the_same_names():
    check(
        "first_name",
        """
        firstName     | stored        | loads | says
        John,Jonathan | John Jonathan | yes   |
        John Jonathan | John Jonathan | yes   |
        John, Jonathan | John Jonathan | yes  |
        ,             |               | no    | Missing firstName
        """,
    )


def test_a_gender_is_one_of_ten_words_in_any_case():
    check(
        "gender",
        """
        gender  | stored | loads | says
        m       | M      | yes   |
        Male    | M      | yes   |
        F       | F      | yes   |
        FEMALE  | F      | yes   |
        o       | O      | yes   |
        other   | O      | yes   |
        un      | O      | yes   |
        U       | U      | yes   |
        Unknown | U      | yes   |
        UNK     | U      | yes   |
        x       |        | no    | Missing/invalid gender
                |        | no    | Missing/invalid gender
        """,
    )


def test_a_city_is_stored_in_title_case():
    check(
        "city",
        r"""
        city              | stored        | loads | says
        SAN FRANCISCO     | San Francisco | yes   |
        san\s\sfrancisco  | San Francisco | yes   |
        McAllen           | Mcallen       | yes   |
        """,
    )


def test_a_state_is_stored_as_its_code():
    check(
        "state",
        """
        state            | stored | loads | says
        CA               | CA     | yes   |
        ca               | CA     | yes   |
        California       | CA     | yes   |
        NEW YORK         | NY     | yes   |
        DC               | DC     | yes   |
        American Samoa   | AS     | yes   |
        guam             | GU     | yes   |
        PR               | PR     | yes   |
        Virgin Islands   | VI     | yes   |
        MP               |        | no    | Invalid state
        Kalifornia       |        | no    | Invalid state
        """,
    )


def test_a_zip_is_cut_to_five_digits_padded_or_refused():
    padded = "zip lost its leading zeros; they were put back"
    fake = "Invalid zip: a placeholder, not a zip code"
    check(
        "zip",
        f"""
        zip        | stored | loads | says
        94105      | 94105  | yes   |
        94105-1234 | 94105  | yes   |
        94105-     | 94105  | yes   |
        941051234  | 94105  | yes   |
        2101       | 02101  | yes   | {padded}
        2101-1234  | 02101  | yes   | {padded}
        501        | 00501  | yes   | {padded}
        12         |        | no    | Invalid zip
        941051     |        | no    | Invalid zip
        94105-12-3 |        | no    | Invalid zip
        9410A      |        | no    | Invalid zip
        -94105     |        | no    | Invalid zip
        00000      |        | no    | {fake}
        99999      |        | no    | {fake}
        12345      |        | no    | {fake}
        54321      |        | no    | {fake}
        12345-6789 |        | no    | {fake}
        50000      |        | no    | {fake}
        X0000      |        | no    | {fake}
        000        |        | no    | {fake}
        """,
    )


def test_a_phone_has_exactly_ten_digits_in_the_end():
    check(
        "phone",
        f"""
        phone               | stored       | loads | says
        2125550123          | +12125550123 | yes   |
        (212) 555-0123      | +12125550123 | yes   |
        +1 212-555-0123     | +12125550123 | yes   |
        12125550123         | +12125550123 | yes   |
        212-555-0123 x12    | +12125550123 | yes   |
        212-555-0123 ext. 4 | +12125550123 | yes   |
        1112223333          | +11112223333 | yes   |
                            |              | yes   |
        22125550123         |              | no    | Invalid phone
        555-0123            |              | no    | Invalid phone
        2125550123.0        | +12125550123 | yes   | phone: 2125550123.0 {WHOLE}
        212555010.0         |              | no    | Invalid phone
        212555010.5         |              | no    | Invalid phone
        2.1255501E+09       |              | no    | phone: 2.1255501E+09 {ROUNDED}
        (999) 999-9999      |              | yes   | phone: (999) 999-9999 {NO_VALUE}
        none                |              | yes   | phone: none {NO_VALUE}
        """,
    )


def test_an_email_is_one_valid_address_a_cell():
    check(
        "email",
        """
        email                   | stored       | loads | says
        Mary@Poe.ORG            | mary@poe.org | yes   |
        mailto:mary@poe.org     | mary@poe.org | yes   |
        MAILTO: Mary@poe.org    | mary@poe.org | yes   |
                                |              | yes   |
        +12125550123@sms.org    |              | no    | Invalid email
        mary@poe                |              | no    | Invalid email
        a@poe.org;b@poe.org     |              | no    | Invalid email
        a@poe.org b@poe.org     |              | no    | Invalid email
        """,
    )


def test_an_ssn_has_nine_digits_or_gets_its_lost_zeros_back():
    padded = "ssn lost its leading zeros; they were put back"
    check(
        "ssn",
        f"""
        ssn         | stored    | loads | says
        123456789   | 123456789 | yes   |
        123-45-6789 | 123456789 | yes   |
        23456789    | 023456789 | yes   | {padded}
        12          | 000000012 | yes   | {padded}
                    |           | yes   |
        123456789.0 | 123456789 | yes   | ssn: 123456789.0 {WHOLE}
        12345678.0  | 012345678 | yes   | {padded}; ssn: 12345678.0 {WHOLE}
        12345678.5  |           | no    | Invalid SSN
        1.23457E+08 |           | no    | ssn: 1.23457E+08 {ROUNDED}
        1,23E+08    |           | no    | ssn: 1,23E+08 {ROUNDED}
        1           |           | no    | Invalid SSN
        1234567890  |           | no    | Invalid SSN
        none        |           | yes   | ssn: none {NO_VALUE}
        999-99-9999 |           | yes   | ssn: 999-99-9999 {NO_VALUE}
        000000000   |           | yes   | ssn: 000000000 {NO_VALUE}
        """,
    )


def test_a_cohort_is_one_of_the_accounts_and_checked_while_reading():
    known = Circumstances(date(2026, 11, 21), cohort_ids=frozenset({COHORT}))
    other = COHORT.replace("1", "2", 1)
    check(
        "cohort",
        f"""
        cohort           | stored   | loads | says
        {COHORT}         | {COHORT} | yes   |
        {COHORT.upper()} | {COHORT} | yes   |
        {other}          |          | no    | Invalid cohort ID {other}
        heart            |          | no    | Invalid cohort ID heart
        """,
        known,
    )


def test_a_facility_is_one_of_the_accounts_and_checked_while_reading():
    known = Circumstances(date(2026, 11, 21), facility_ids=frozenset({COHORT}))
    check(
        "facility",
        f"""
        facilityId | stored   | loads | says
        {COHORT}   | {COHORT} | yes   |
        north      |          | no    | Invalid facility ID north
        """,
        known,
    )


def test_opt_out_is_true_or_false_in_any_case():
    check(
        "hie_opt_out",
        """
        hieOptOut | stored | loads | says
        true      | true   | yes   |
        TRUE      | true   | yes   |
        False     | false  | yes   |
                  |        | yes   |
        yes       |        | no    | Invalid hieOptOut (use true or false)
        1         |        | no    | Invalid hieOptOut (use true or false)
        """,
    )


def test_an_id_is_trimmed_and_kept_as_it_came():
    rounded = (
        "is an id that a spreadsheet has rounded; format the column as text and export it again"
    )
    for slot, header in (("id", "id"), ("external_id", "externalId")):
        check(
            slot,
            rf"""
            {header}     | stored  | loads | says
            \s007-a\s    | 007-a   | yes   |
            \s           |         | yes   |
            1.2E+10      |         | no    | {header}: 1.2E+10 {rounded}
            1E10         | 1E10    | yes   |
            7.0          | 7       | yes   | {header}: 7.0 {WHOLE}
            NULL         |         | yes   | {header}: NULL {NO_VALUE}
            """,
        )


def test_line_breaks_and_tabs_inside_a_cell_become_a_space():
    check(
        "first_name",
        "firstName | stored | loads | says\n" + r"Mary\nAnn\tLee | Mary Ann Lee | yes |",
    )
    check("city", "city | stored | loads | says\n" + r"San\nJose | San Jose | yes |")
    check("external_id", "externalId | stored | loads | says\n" + r"a\n1 | a 1 | yes |")
