"""PT Direct's client import: how its files are laid out and what a cell may hold."""

import pytest

from schemas.errors import FileFault
from schemas.rules import Circumstances
from tests.schemas.clinic import Clinic, found_and_expected
from tests.schemas.tables import RECEIVED_ON, csv_of, records, shown, stage

SAMPLE = "1234567890,John,Doe,1977,m,,0031611223344,abc-123,Acme Inc"
SLOTS = ("internal_id", "first_name", "last_name", "birth_year", "gender", "email",
         "mobile_phone", "diagnosis", "client_group")  # fmt: skip
JOHN = ["C-1", "John", "Doe", "1977", "m"]
WHOLE = "was read as a whole number; format the column as text"
NO_VALUE = 'stands for "no value"; give a key of your own'


def check(slot: str, expected: str) -> None:
    """Compare each given cell of `slot` with the expectation in the table."""
    wanted = records(expected)
    place = SLOTS.index(slot)
    cells = [*JOHN, "", "", "", ""]
    rows = [[*cells[:place], row["given"], *cells[place + 1 :]] for row in wanted]
    staged = stage("ptdirect", csv_of(rows), circumstances=Circumstances(RECEIVED_ON))
    found = [
        {
            "given": row["given"],
            "stored": shown(staged.rows[line][slot]),
            "loads": "no" if staged.errored[line] else "yes",
            "says": staged.messages(line),
        }
        for line, row in enumerate(wanted, 1)
    ]
    assert found == wanted


def test_the_sample_row_of_the_services_page_loads(ptdirect: Clinic):
    sent = ptdirect.sends(SAMPLE)
    assert sent.outcomes == ["created"]
    assert sent.codes() == []
    found, wanted = ptdirect.holds(
        """
        identifier/internal/value | first_name | last_name | birth_year | gender | contact/phone/mobile/value | condition/code | client_group/name
        1234567890                | John       | Doe       | 1977       | M      | +31611223344               | abc-123        | Acme Inc
        """
    )
    assert found == wanted


def test_white_space_around_commas_is_ignored():
    staged = stage("ptdirect", " C-1 , John ,\tDoe, 1977 , m , j@x.org ,, abc , Acme Inc \n")
    assert [staged.rows[1][slot] for slot in SLOTS] == [
        "C-1", "John", "Doe", "1977", "M", "j@x.org", None, "abc", "Acme Inc",
    ]  # fmt: skip


def test_white_space_around_a_quoted_cell_is_ignored():
    staged = stage("ptdirect", 'C-1, "John, Jr." , "Doe",1977,m\n')
    assert [staged.rows[1][slot] for slot in SLOTS[:5]] == ["C-1", "John, Jr.", "Doe", "1977", "M"]


def test_trailing_optional_fields_may_be_absent():
    rows = [JOHN, [*JOHN, "a@x.org"], [*JOHN, "", "0012125551212"], [*JOHN, "", "", "abc"]]
    staged = stage("ptdirect", csv_of(rows))
    assert not any(staged.errored.values())
    assert staged.issues == []
    assert staged.rows[4]["diagnosis"] == "abc"


def test_a_row_that_ends_before_a_required_field_is_errored_and_names_it():
    staged = stage("ptdirect", "C-1,John,Doe,1977\n")
    assert staged.messages(1) == "Gender: is required"


def test_more_than_nine_fields_are_an_error_of_that_row_alone(ptdirect: Clinic):
    sent = ptdirect.sends(f"{SAMPLE},x\nC-2,Jane,Doe,1980,f\n")
    found, wanted = found_and_expected(
        sent,
        """
        line | outcome | codes        | says
        1    | errored | row_too_long | the row has 10 fields; at most 9 are allowed
        2    | created |              |
        """,
    )
    assert found == wanted
    assert sent.failed_rows == f"{SAMPLE},x\r\n"


@pytest.mark.parametrize(
    "header",
    [
        "Internal_id,First name,Last name,Year of birth,Gender",
        "internal id,first_name,LAST NAME,yob,sex",
        "id,First name,Last name,Year of birth,Gender,Email,Mobile number,Diagnosis code",
    ],
)
def test_a_first_line_that_looks_like_a_header_is_skipped_with_one_message(
    ptdirect: Clinic, header: str
):
    sent = ptdirect.sends(f"{header}\n{SAMPLE}\n")
    found, wanted = found_and_expected(
        sent,
        """
        line | outcome | codes              | says
        1    | errored | header_not_allowed | this format has no header row; remove the first line
        2    | created |                    |
        """,
    )
    assert found == wanted


def test_a_header_on_a_later_line_is_a_row_like_any_other():
    staged = stage("ptdirect", f"{SAMPLE}\nInternal_id,First name,Last name,Year of birth,Gender\n")
    assert staged.codes(2) == ["invalid_birth_year", "invalid_gender"]


def test_a_byte_order_mark_is_tolerated():
    staged = stage("ptdirect", f"{SAMPLE}\n".encode("utf-8-sig"))
    assert staged.rows[1]["internal_id"] == "1234567890"


@pytest.mark.parametrize(
    ("content", "code", "reason"),
    [
        (
            "C-1,John,Doe,1977,m\nC-2,José,Doe,1977,m\n".encode("cp1252"),
            "encoding_not_allowed",
            "byte 28 (line 2) is not UTF-8; save the file as CSV UTF-8",
        ),
        (
            SAMPLE.encode("utf-16"),
            "encoding_not_allowed",
            "the file is UTF-16; save it as CSV UTF-8",
        ),
        (
            b"C-1;John;Doe;1977;m\n",
            "wrong_delimiter",
            "the fields are separated by a semicolon; this format needs commas",
        ),
        (
            b"C-1\tJohn\tDoe\t1977\tm\n",
            "wrong_delimiter",
            "the fields are separated by a tab; this format needs commas",
        ),
    ],
)
def test_other_encodings_and_delimiters_fail_the_file(content: bytes, code: str, reason: str):
    with pytest.raises(FileFault) as caught:
        stage("ptdirect", content)
    assert (caught.value.code, caught.value.reason) == (code, reason)


def test_an_internal_id_is_required_and_never_a_national_number():
    national = (
        "Internal_id: looks like a US social security number or a UK NHS number; "
        "use a neutral, self-generated key"
    )
    check(
        "internal_id",
        f"""
        given        | stored       | loads | says
        1234567890   | 1234567890   | yes   |
        C-0042       | C-0042       | yes   |
        007          | 007          | yes   |
                     |              | no    | Internal_id: is required
        123-45-6789  |              | no    | {national}
        123456789    |              | no    | {national}
        899-45-6789  |              | no    | {national}
        000-45-6789  | 000-45-6789  | yes   |
        666456789    | 666456789    | yes   |
        900456789    | 900456789    | yes   |
        123006789    | 123006789    | yes   |
        123450000    | 123450000    | yes   |
        12-345-6789  | 12-345-6789  | yes   |
        A123456789   | A123456789   | yes   |
        9434765919   |              | no    | {national}
        943 476 5919 |              | no    | {national}
        943-476-5919 |              | no    | {national}
        9434765918   | 9434765918   | yes   |
        C-7.0        | C-7.0        | yes   |
        42.0         | 42           | yes   | Internal_id: 42.0 {WHOLE}
        123456789.0  |              | no    | {national}
        ="00123"     | 00123        | yes   |
        '00123       | 00123        | yes   |
        N/A          |              | no    | Internal_id: N/A {NO_VALUE}
        \\N           |              | no    | Internal_id: \\N {NO_VALUE}
        (null)       |              | no    | Internal_id: (null) {NO_VALUE}
        0            |              | no    | Internal_id: 0 {NO_VALUE}
        9999999      |              | no    | Internal_id: 9999999 {NO_VALUE}
        1,23E+09     |              | no    | Internal_id: 1,23E+09 is an id that a spreadsheet has rounded; format the column as text and export it again
        1.23E+09     |              | no    | Internal_id: 1.23E+09 is an id that a spreadsheet has rounded; format the column as text and export it again
        """,
    )


def test_a_year_of_birth_lies_between_this_year_and_a_hundred_years_ago():
    outside = "is not between 100 years ago and this year"
    check(
        "birth_year",
        f"""
        given | stored | loads | says
        1977  | 1977   | yes   |
        2026  | 2026   | yes   |
        1926  | 1926   | yes   |
        2027  |        | no    | Year of birth: 2027 {outside}
        1925  |        | no    | Year of birth: 1925 {outside}
        77    |        | no    | Year of birth: 77 {outside}
        0     |        | no    | Year of birth: 0 {outside}
        1977.0 | 1977  | yes   | Year of birth: 1977.0 {WHOLE}
        1977.5 |       | no    | Year of birth: 1977.5 is not a whole number
        -1977 |        | no    | Year of birth: -1977 is not a whole number
        1977-05-01 |   | no    | Year of birth: 1977-05-01 is not a whole number
              |        | no    | Year of birth: is required
        """,
    )


def test_a_gender_is_m_or_f_in_any_case():
    check(
        "gender",
        """
        given | stored | loads | says
        m     | M      | yes   |
        F     | F      | yes   |
        male  |        | no    | Gender: male is not m or f
        o     |        | no    | Gender: o is not m or f
              |        | no    | Gender: is required
        """,
    )


def test_a_blank_name_is_an_error_that_says_which():
    for slot, header in (("first_name", "First name"), ("last_name", "Last name")):
        check(slot, f"given | stored | loads | says\n | | no | {header}: is required")


def test_an_email_is_stored_only_if_its_syntax_is_valid():
    check(
        "email",
        """
        given          | stored         | loads | says
        John@Acme.com  | john@acme.com  | yes   |
                       |                | yes   |
        john@acme      |                | yes   | Email: john@acme is not an e-mail address and was not stored
        john           |                | yes   | Email: john is not an e-mail address and was not stored
        """,
    )


def test_a_mobile_number_is_00_country_code_and_number():
    left_out = (
        "is not an international number and was not stored "
        "(write 00, country code, number, digits only)"
    )
    check(
        "mobile_phone",
        f"""
        given          | stored       | loads | says
        0012125551212  | +12125551212 | yes   |
        0031611223344  | +31611223344 | yes   |
                       |              | yes   |
        +12125551212   |              | yes   | Mobile number: +12125551212 {left_out}
        2125551212     |              | yes   | Mobile number: 2125551212 {left_out}
        00 1 212 555 1212 |           | yes   | Mobile number: 00 1 212 555 1212 {left_out}
        001212555121   |              | yes   | Mobile number: 001212555121 {left_out}
        0011125551212  |              | yes   | Mobile number: 0011125551212 {left_out}
        0099912345678  |              | yes   | Mobile number: 0099912345678 {left_out}
        00310611223344 |              | yes   | Mobile number: 00310611223344 {left_out}
        """,
    )


def test_a_diagnosis_is_any_text():
    check(
        "diagnosis",
        "given | stored | loads | says\nabc-123 | abc-123 | yes |\nE11.9; I10 | E11.9; I10 | yes |",
    )
