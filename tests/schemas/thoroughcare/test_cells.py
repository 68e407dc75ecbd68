"""What a cell of a ThoroughCare file may contain, what is stored of it, and the messages about it."""

from schemas.rules import Circumstances
from tests.schemas.tables import csv_of, readings, stage

MARIA = {
    "Patient First Name *": "Maria",
    "Patient Last Name *": "Lopez",
    "Patient Birthday *": "1961-05-27",
    "Patient Gender *": "f",
}


def check(slot: str, expected: str, circumstances: Circumstances | None = None) -> None:
    found, wanted = readings("thoroughcare", MARIA, slot, expected, circumstances)
    assert found == wanted


def test_names_are_required_and_keep_their_own_spelling():
    check(
        "first_name",
        r"""
        Patient First Name * | stored     | loads | says
        Maria                | Maria      | yes   |
        MARIA                | MARIA      | yes   |
        \sMaria\s            | Maria      | yes   |
        Mary\s\s\sAnn        | Mary Ann   | yes   |
        Mary\nAnn            | Mary Ann   | yes   |
        José                 | José       | yes   |
        O'Brien              | O'Brien    | yes   |
                             |            | no    | Patient First Name: is required
        \s\s                 |            | no    | Patient First Name: is required
        """,
    )
    check(
        "last_name",
        """
        Patient Last Name * | stored      | loads | says
        de la Cruz-Smith    | de la Cruz-Smith | yes |
                            |             | no    | Patient Last Name: is required
        """,
    )


def test_a_gender_is_one_of_eight_words_in_any_case_or_a_word_of_another_system():
    told = "was stored as other or unknown"
    check(
        "gender",
        f"""
        Patient Gender * | stored | loads | says
        m                | M      | yes   |
        M                | M      | yes   |
        Male             | M      | yes   |
        f                | F      | yes   |
        FEMALE           | F      | yes   |
        o                | O      | yes   |
        Other            | O      | yes   |
        u                | U      | yes   |
        unknown          | U      | yes   |
        X                | O      | yes   | Patient Gender: X {told}
        Non-binary       | O      | yes   | Patient Gender: Non-binary {told}
        Undifferentiated | O      | yes   | Patient Gender: Undifferentiated {told}
        UNREPORTED       | U      | yes   | Patient Gender: UNREPORTED {told}
        Unspecified      | U      | yes   | Patient Gender: Unspecified {told}
        Prefer not to say | U     | yes   | Patient Gender: Prefer not to say {told}
        Y                |        | no    | Patient Gender: Y is not a gender (use m, f, o or u)
        Mann             |        | no    | Patient Gender: Mann is not a gender (use m, f, o or u)
                         |        | no    | Patient Gender: is required
        """,
    )


def test_an_ehr_id_keeps_its_zeros_and_case_and_is_never_a_rounded_number():
    rounded = (
        "is an id that a spreadsheet has rounded; format the column as text and export it again"
    )
    check(
        "ehr_id",
        f"""
        EHR ID  | stored  | loads | says
        00042   | 00042   | yes   |
        aB-7    | aB-7    | yes   |
        A 7     | A 7     | yes   |
        1E5     | 1E5     | yes   |
        1E4589  | 1E4589  | yes   |
        7e12    | 7e12    | yes   |
        219E01  | 219E01  | yes   |
        1.23E+11 |        | no    | EHR ID: 1.23E+11 {rounded}
        1,23E+11 |        | no    | EHR ID: 1,23E+11 {rounded}
        12.3E+11 |        | no    | EHR ID: 12.3E+11 {rounded}
        1.23457E8 |       | no    | EHR ID: 1.23457E8 {rounded}
        1E+16   |         | no    | EHR ID: 1E+16 {rounded}
        E123    | E123    | yes   |
        12E     | 12E     | yes   |
                |         | yes   |
        """,
    )


def test_phones_are_stored_as_e164_and_an_invalid_one_is_left_out_with_a_warning():
    check(
        "home_phone",
        """
        Home Phone              | stored        | loads | says
        212-555-0123            | +12125550123  | yes   |
        (212) 555-0123          | +12125550123  | yes   |
        212.555.0123            | +12125550123  | yes   |
        2125550123              | +12125550123  | yes   |
        1-212-555-0123          | +12125550123  | yes   |
        +1 212 555 0123         | +12125550123  | yes   |
        +1 (212) 555-0123       | +12125550123  | yes   |
        212-555-0123 x12        | +12125550123  | yes   |
        212-555-0123 ext. 12    | +12125550123  | yes   |
        +33 1 42 68 53 00       | +33142685300  | yes   |
        011 33 1 42 68 53 00    | +33142685300  | yes   |
        0033142685300           | +33142685300  | yes   |
        +44 (0)20 7031 3000     | +442070313000 | yes   |
        +44 020 7031 3000       |               | yes   | Home Phone: +44 020 7031 3000 is not a phone number and was left out
        555-0123                |               | yes   | Home Phone: 555-0123 is not a phone number and was left out
        112-555-0123            |               | yes   | Home Phone: 112-555-0123 is not a phone number and was left out
        212-155-0123            |               | yes   | Home Phone: 212-155-0123 is not a phone number and was left out
        212-555-01234           |               | yes   | Home Phone: 212-555-01234 is not a phone number and was left out
        2.13E+09                |               | yes   | Home Phone: 2.13E+09 is a number that a spreadsheet has rounded; format the column as text and export it again
        none                    |               | yes   | Home Phone: none stands for "no value" and was left out
        999-999-9999            |               | yes   | Home Phone: 999-999-9999 stands for "no value" and was left out
        12125550100.0           | +12125550100  | yes   | Home Phone: 12125550100.0 was read as a whole number; format the column as text
        212-555-0100 (home)     | +12125550100  | yes   |
        tel:+12125550100        | +12125550100  | yes   |
        2125550100 h            | +12125550100  | yes   |
        212–555–0100            | +12125550100  | yes   |
        212-555-0100 / 212-555-0199 | +12125550100 | yes | Home Phone: 212-555-0100 / 212-555-0199 holds several numbers; the first was taken
        212-555-0100;212-555-0101 | +12125550100 | yes  | Home Phone: 212-555-0100;212-555-0101 holds several numbers; the first was taken
        212-555-0100, ext. 5    | +12125550100  | yes   |
        call daughter 212-555-0100 |            | yes   | Home Phone: call daughter 212-555-0100 is not a phone number and was left out
        +999 12345678           |               | yes   | Home Phone: +999 12345678 is not a phone number and was left out
        """,
    )
    for slot, header in (("mobile_phone", "Mobile Phone"), ("work_phone", "Work Phone")):
        check(
            slot,
            f"""
            {header}     | stored       | loads | says
            212 555 0123 | +12125550123 | yes   |
            12           |              | yes   | {header}: 12 is not a phone number and was left out
            """,
        )


def test_an_email_is_stored_in_lower_case_and_an_invalid_one_is_left_out_with_a_warning():
    check(
        "email",
        """
        Email                 | stored            | loads | says
        maria@example.org     | maria@example.org | yes   |
        Maria@Example.ORG     | maria@example.org | yes   |
        o'brien+x@a-b.co.uk   | o'brien+x@a-b.co.uk | yes |
        maria@example         |                   | yes   | Email: maria@example is not an e-mail address and was left out
        maria                 |                   | yes   | Email: maria is not an e-mail address and was left out
        @example.org          |                   | yes   | Email: @example.org is not an e-mail address and was left out
        a b@example.org       |                   | yes   | Email: a b@example.org is not an e-mail address and was left out
        a@example.org,b@example.org |             | yes   | Email: a@example.org,b@example.org is not an e-mail address and was left out
        maria@example..org    |                   | yes   | Email: maria@example..org is not an e-mail address and was left out
        """,
    )


def test_a_state_is_a_code_or_a_name_in_any_case():
    check(
        "state",
        """
        State                | stored | loads | says
        NY                   | NY     | yes   |
        ny                   | NY     | yes   |
        N.Y.                 | NY     | yes   |
        New York             | NY     | yes   |
        NORTH  CAROLINA      | NC     | yes   |
        District of Columbia | DC     | yes   |
        Puerto Rico          | PR     | yes   |
        Guam                 | GU     | yes   |
        MP                   | MP     | yes   |
        AE                   | AE     | yes   |
        ap                   | AP     | yes   |
        Armed Forces Americas | AA    | yes   |
        Palau                | PW     | yes   |
        Marshall Islands     | MH     | yes   |
        FM                   | FM     | yes   |
        Wash. D.C.           |        | yes   | State: Wash. D.C. is not a US state and was left out
        Washington, D.C.     | DC     | yes   |
        XX                   |        | yes   | State: XX is not a US state and was left out
        Ontario              |        | yes   | State: Ontario is not a US state and was left out
        """,
    )


def test_a_zip_has_five_or_nine_digits_and_gets_its_lost_zeros_back():
    padded = "lost its leading zeros (a spreadsheet's doing); they were put back"
    check(
        "zip",
        f"""
        Zip Code   | stored     | loads | says
        10001      | 10001      | yes   |
        10001-1234 | 10001-1234 | yes   |
        100011234  | 10001-1234 | yes   |
        04101      | 04101      | yes   |
        4101       | 04101      | yes   | Zip Code: 4101 {padded}
        501        | 00501      | yes   | Zip Code: 501 {padded}
        4101-1234  | 04101-1234 | yes   | Zip Code: 4101-1234 {padded}
        10001 1234 | 10001-1234 | yes   |
        10001–1234 | 10001-1234 | yes   |
        10001-     | 10001      | yes   |
        10001.0    | 10001      | yes   | Zip Code: 10001.0 was read as a whole number; format the column as text
        12         |            | yes   | Zip Code: 12 is not a zip code and was left out
        123456     |            | yes   | Zip Code: 123456 is not a zip code and was left out
        10001-12   |            | yes   | Zip Code: 10001-12 is not a zip code and was left out
        W1A 1AA    |            | yes   | Zip Code: W1A 1AA is not a zip code and was left out
        """,
    )


def test_texts_come_on_one_line_and_notes_keep_their_line_breaks():
    for slot, header in (
        ("street", "Street"),
        ("city", "City"),
        ("primary_payer", "Primary Insurance"),
        ("secondary_payer", "Secondary Insurance"),
        ("department", "Department"),
    ):
        check(
            slot,
            rf"""
            {header}      | stored      | loads | says
            Acme Health   | Acme Health | yes   |
            Acme\n\tHealth\s | Acme Health | yes |
            """,
        )
    check(
        "notes",
        r"""
        Notes                     | stored                    | loads | says
        Prefers mornings          | Prefers mornings          | yes   |
        line one\n\nline  three\n | line one\n\nline  three   | yes   |
        """,
    )


def test_a_policy_id_keeps_its_zeros():
    check(
        "primary_policy_id",
        """
        Primary Insurance Policy ID | stored   | loads | says
        000123-A                    | 000123-A | yes   |
        N/A                         |          | yes   | Primary Insurance Policy ID: N/A stands for "no value" and was left out
        """,
    )


def test_a_care_manager_or_physician_needs_both_names_or_neither():
    headers = [*MARIA, "Care Manager First Name", "Care Manager Last Name",
               "Physician First Name", "Physician Last Name"]  # fmt: skip
    left_out = "is missing, so the name of the {} was left out (give both names or neither)"
    cases = {
        ("Ann", "Lee", "", ""): (("Ann", "Lee", None, None), ""),
        ("", "", "Bob", "Ray"): ((None, None, "Bob", "Ray"), ""),
        ("", "", "", ""): ((None, None, None, None), ""),
        ("Ann", "", "Bob", "Ray"): (
            (None, None, "Bob", "Ray"),
            "Care Manager Last Name: " + left_out.format("care manager"),
        ),
        ("", "Lee", "", ""): (
            (None, None, None, None),
            "Care Manager First Name: " + left_out.format("care manager"),
        ),
        ("", "", "", "Ray"): (
            (None, None, None, None),
            "Physician First Name: " + left_out.format("physician"),
        ),
    }
    staged = stage("thoroughcare", csv_of([headers, *([*MARIA.values(), *c] for c in cases)]))
    slots = ("care_manager_first_name", "care_manager_last_name", "physician_first_name",
             "physician_last_name")  # fmt: skip
    for line, (stored, says) in enumerate(cases.values(), 2):
        assert tuple(staged.rows[line][slot] for slot in slots) == stored
        assert staged.messages(line) == says
        assert not staged.errored[line]
    assert staged.codes(5) == ["care_manager_incomplete"]


def test_a_care_manager_column_without_its_partner_column_warns_as_well():
    staged = stage("thoroughcare", csv_of([[*MARIA, "Care Manager First Name"],
                                           [*MARIA.values(), "Ann"]]))  # fmt: skip
    assert staged.codes(2) == ["care_manager_incomplete"]
    assert staged.rows[2]["care_manager_first_name"] is None
