"""Metriport's numbered columns: addresses and their lines, phones, e-mails, the driver's licence."""

import pytest

from schemas.errors import FileFault
from schemas.rules import Circumstances
from tests.specs.tables import RECEIVED_ON, Staged, as_csv, csv_of, records, stage

PERSON = {"firstName": "Mary", "lastName": "Poe", "dob": "1951-05-05", "gender": "F"}
HOME = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}


def one_row(**cells: str) -> Staged:
    """A file of one row; `_` in a name stands for the dash before a number."""
    row = PERSON | {name.replace("_", "-"): cell for name, cell in cells.items()}
    return stage("metriport", csv_of([[*row], [*row.values()]]))


def numbered(number: int, **changed: str) -> dict[str, str]:
    return {f"{name}_{number}": cell for name, cell in (HOME | changed).items()}


LINES = r"""
    line 1                  | line 2   | stored 1                | stored 2
    123 MAIN STREET         |          | 123 Main Street         |
    123 main street         |          | 123 Main Street         |
    123 McArthur Street     |          | 123 McArthur Street     |
    123 Main St., Rear;     |          | 123 Main St Rear        |
    123 Main St (back door) |          | 123 Main St             |
    123 Main St [rear] East |          | 123 Main St East        |
    123\s\sMain\nSt         |          | 123 Main St             |
    123 Main St Apt 4       |          | 123 Main St             | Apt 4
    123 MAIN ST APT 4       |          | 123 Main St             | Apt 4
    123 Main St, Apt. 4     |          | 123 Main St             | Apt 4
    123 Main St #4          |          | 123 Main St             | #4
    123 Main St # 4         |          | 123 Main St             | # 4
    123 Oak Ave Unit B      |          | 123 Oak Ave             | Unit B
    123 Oak Avenue Suite 10 |          | 123 Oak Avenue          | Suite 10
    9 Elm Rd Ste 2          |          | 9 Elm Rd                | Ste 2
    9 Elm Road No 2         |          | 9 Elm Road              | No 2
    9 Elm Ln Number 2       |          | 9 Elm Ln                | Number 2
    9 Elm Lane Floor 2      |          | 9 Elm Lane              | Floor 2
    9 Elm Dr Fl 2           |          | 9 Elm Dr                | Fl 2
    9 Elm Blvd Trlr 2       |          | 9 Elm Blvd              | Trlr 2
    9 Elm Ct Lot 2          |          | 9 Elm Ct                | Lot 2
    9 Elm Pl Rm 2           |          | 9 Elm Pl                | Rm 2
    9 Elm Way Room 2        |          | 9 Elm Way               | Room 2
    9 Elm Loop Blg 2        |          | 9 Elm Loop              | Blg 2
    9 Elm Pkwy Building 2   |          | 9 Elm Pkwy              | Building 2
    9 Elm Hwy Apartment 2   |          | 9 Elm Hwy               | Apartment 2
    9 Broadway Apt 2        |          | 9 Broadway Apt 2        |
    9 Lotus Street          |          | 9 Lotus Street          |
    12 Unity Street         |          | 12 Unity Street         |
    123 MAIN ST., (rear)    | APT. 4   | 123 MAIN ST., (rear)    | Apt 4
    123 Main St Apt 4       | Floor 2  | 123 Main St Apt 4       | Floor 2
"""


@pytest.mark.parametrize("row", records(LINES), ids=lambda row: f"{row['line 1']}, {row['line 2']}")
def test_the_lines_of_an_address_are_tidied_and_a_unit_moves_to_line_two(row: dict[str, str]):
    staged = one_row(**HOME | {"addressLine1": row["line 1"], "addressLine2": row["line 2"]})
    assert staged.rows[2]["line1"] == row["stored 1"]
    assert staged.rows[2]["line2"] == (row["stored 2"] or None)
    assert staged.issues == []


def test_every_street_type_lets_a_unit_move():
    types = (
        "street st road rd lane ln drive dr avenue ave boulevard blvd circle cir court ct place pl"
        " terrace ter trail trl way highway hwy parkway pkwy crossing xing square sq loop path pike"
        " alley run"
    ).split()
    lines = [f"1 elm {kind} apt 2" for kind in types]
    rows = [[*PERSON, *HOME], *([*PERSON.values(), line, *[*HOME.values()][1:]] for line in lines)]
    staged = stage("metriport", csv_of(rows))
    assert {row["line2"] for row in staged.rows.values()} == {"Apt 2"}
    assert [row["line1"] for row in staged.rows.values()] == [f"1 Elm {t.title()}" for t in types]


def test_a_unit_moves_where_the_file_has_no_column_for_line_two():
    staged = one_row(**HOME | {"addressLine1": "1 Main St Apt 4"})
    assert (staged.rows[2]["line1"], staged.rows[2]["line2"]) == ("1 Main St", "Apt 4")


@pytest.mark.parametrize("number", range(1, 11))
def test_ten_numbered_addresses_are_read_beside_the_bare_one(number: int):
    staged = one_row(**HOME, **numbered(number, city="Salem"))
    assert staged.rows[2]["city"] == "Boston"
    assert staged.rows[2][f"city_{number}"] == "Salem"


def test_an_eleventh_number_is_an_unknown_column():
    staged = one_row(**HOME, **numbered(11, zip="bad"))
    assert "city_11" not in staged.rows[2]
    assert staged.issues == []


GAPS = """
    given                      | says
    addressLine1               | Missing city-2; Missing state-2; Missing zip-2
    city                       | Missing addressLine1-2; Missing state-2; Missing zip-2
    addressLine1 city state    | Missing zip-2
    city state zip             | Missing addressLine1-2
    addressLine1 state zip     | Missing city-2
    addressLine1 city zip      | Missing state-2
    addressLine2               | Missing addressLine1-2; Missing city-2; Missing state-2; Missing zip-2
"""


@pytest.mark.parametrize("row", records(GAPS), ids=lambda row: row["given"])
def test_each_gap_of_a_started_address_is_named_with_its_number(row: dict[str, str]):
    cells = HOME | {"addressLine2": "Apt 4"}
    some = {f"{name}_2": cells[name] for name in row["given"].split()}
    staged = one_row(**HOME, **some)
    assert staged.messages(2) == row["says"]
    assert staged.errored[2]


def test_a_gap_of_the_bare_address_is_named_without_a_number():
    assert one_row(**numbered(1), city="Boston").messages(2) == (
        "Missing addressLine1; Missing state; Missing zip"
    )


def test_an_address_with_nothing_in_it_is_ignored():
    staged = one_row(**HOME, **dict.fromkeys(numbered(2), " "))
    assert staged.issues == []
    assert staged.rows[2]["line1_2"] is None


def test_at_least_one_complete_address_is_required():
    assert one_row().messages(2) == "Missing address"
    assert one_row(**dict.fromkeys(HOME, "")).messages(2) == "Missing address"
    assert one_row(**numbered(7)).issues == []


def test_invalid_states_and_zips_are_named_with_their_number():
    staged = one_row(**HOME, **numbered(3, state="XX", zip="1"))
    assert staged.messages(2) == "Invalid state-3; Invalid zip-3"


@pytest.mark.parametrize("kind", ["phone", "email"])
def test_phones_and_emails_are_bare_or_numbered_with_or_without_a_dash(kind: str):
    good = {"phone": "2125550123", "email": "mary@poe.org"}[kind]
    stored = {"phone": "+12125550123", "email": "mary@poe.org"}[kind]
    for header, slot, named in [
        (kind, kind, ""),
        (f"{kind}_1", f"{kind}_1", "-1"),
        (f"{kind}_10", f"{kind}_10", "-10"),
        (f"{kind}3", f"{kind}_3", "-3"),
    ]:
        assert one_row(**HOME, **{header: good}).rows[2][slot] == stored
        assert one_row(**HOME, **{header: "bad"}).messages(2) == f"Invalid {kind}{named}"


def test_all_faults_of_a_row_are_told_at_once():
    staged = stage(
        "metriport",
        as_csv(
            """
            firstName | lastName | dob | gender | addressLine1-1 | city-1 | state-1 | zip-1 | phone-2 | email | ssn
                      |          | x   | q      | 1 Main St      |        | MA      | 12    | 5       | a     | 1
            """
        ),
    )
    assert staged.messages(2) == (
        "Missing firstName; Missing lastName; Missing/invalid dob; Missing/invalid gender; "
        "Missing city-1; Invalid zip-1; Invalid phone-2; Invalid email; Invalid SSN"
    )


def test_a_missing_required_column_makes_every_row_fail_with_that_fields_message():
    staged = stage("metriport", "firstName,zip\nMary,02101\nJane,\n")
    assert staged.messages(2) == (
        "Missing lastName; Missing/invalid dob; Missing/invalid gender; "
        "Missing addressLine1; Missing city; Missing state"
    )
    assert staged.messages(3) == (
        "Missing lastName; Missing/invalid dob; Missing/invalid gender; Missing address"
    )


@pytest.mark.parametrize("word", ["License", "Licence"])
@pytest.mark.parametrize("ending", ["", "Value", "No", "Number"])
def test_a_drivers_licence_goes_by_many_headers_and_needs_its_state(word: str, ending: str):
    number, state = f"drivers{word}{ending}", f"drivers{word}State"
    staged = one_row(**HOME, **{number: "d12 34", state: "california"})
    assert (staged.rows[2]["license_number"], staged.rows[2]["license_state"]) == ("D12 34", "CA")
    no_state = "Invalid drivers license (missing state)"
    assert one_row(**HOME, **{number: "d1", state: ""}).messages(2) == no_state
    assert one_row(**HOME, **{number: "d1"}).messages(2) == no_state
    assert one_row(**HOME, **{number: "d1", state: "Kalifornia"}).messages(2) == no_state
    assert one_row(**HOME, **{number: "", state: "CA"}).messages(2) == (
        "Invalid drivers license (missing value)"
    )


@pytest.mark.parametrize(
    "header", ["First Name*", "FIRSTNAME", "first_name", " firstName ", "first.name:", "First (Name)"]
)
def test_headers_match_without_regard_to_case_spaces_and_punctuation(header: str):
    row = PERSON | HOME
    del row["firstName"]
    staged = stage("metriport", csv_of([[*row, header], [*row.values(), "Mary"]]))
    assert staged.rows[2]["first_name"] == "Mary"
    assert not staged.errored[2]


def test_a_dash_in_a_header_counts():
    staged = one_row(**HOME, **{"first_Name": "Jane"})
    assert staged.rows[2]["first_name"] == "Mary"


def test_address1_is_another_word_for_addressline1():
    cells = {f"{name.replace('Line', '')}_1": cell for name, cell in HOME.items()}
    assert one_row(**cells, address2_1="Apt 4").rows[2]["line2_1"] == "Apt 4"


@pytest.mark.parametrize(
    ("one", "other"),
    [("addressLine1", "address1"), ("phone-1", "phone1"), ("driversLicense", "driversLicenceNo")],
)
def test_two_headers_for_one_slot_fail_the_request_and_both_are_named(one: str, other: str):
    with pytest.raises(FileFault) as caught:
        stage("metriport", csv_of([[*PERSON, one, other], [*PERSON.values(), "x", "y"]]))
    assert caught.value.reason == (
        f"the columns '{one}' and '{other}' mean the same field; keep one of them"
    )


@pytest.mark.parametrize("content", [b"", b"\n\n", b"%PDF-1.4", b"firstName,dob\n\"x", b"a,b\nc,d\n"])
def test_files_that_are_no_csv_of_patients_fail_with_a_reason(content: bytes):
    with pytest.raises(FileFault):
        stage("metriport", content)


def test_a_windows_1252_file_is_refused_and_the_byte_named():
    content = csv_of([[*PERSON, *HOME], ["José", *[*PERSON.values()][1:], *HOME.values()]])
    with pytest.raises(FileFault, match=r"byte \d+ \(line 2\) is not UTF-8 or UTF-16"):
        stage("metriport", content.encode("cp1252"))
    for encoding in ("utf-8-sig", "utf-16"):
        assert stage("metriport", content.encode(encoding)).rows[2]["first_name"] == "José"


LENIENT = """
    column | cell       | loads | says
    phone  | bad        | yes   | Invalid phone
    email  | bad        | yes   | Invalid email
    ssn    | 1          | yes   | Invalid SSN
    cohort | bad        | yes   | Invalid cohort ID bad
    hieOptOut | maybe   | yes   | Invalid hieOptOut (use true or false)
    driversLicense | D1 | yes   | Invalid drivers license (missing state)
    dob    | bad        | no    | Missing/invalid dob
    zip    | bad        | no    | Invalid zip; Missing address
    city   |            | no    | Missing city; Missing address
"""


@pytest.mark.parametrize("row", records(LENIENT), ids=lambda row: row["column"])
def test_a_lenient_account_gets_warnings_for_optional_values_and_they_are_left_out(
    row: dict[str, str],
):
    cells = PERSON | HOME | {row["column"]: row["cell"]}
    content = csv_of([[*cells], [*cells.values()]])
    staged = stage("metriport", content, circumstances=Circumstances(RECEIVED_ON, lenient=True))
    assert staged.messages(2) == row["says"]
    assert staged.errored[2] == (row["loads"] == "no")
    strict = stage("metriport", content)
    assert strict.errored[2]


def test_a_lenient_account_loses_a_faulty_address_whole_but_keeps_the_good_one():
    cells = PERSON | HOME | {k.replace("_", "-"): v for k, v in numbered(2, zip="bad").items()}
    staged = stage(
        "metriport",
        csv_of([[*cells], [*cells.values()]]),
        circumstances=Circumstances(RECEIVED_ON, lenient=True),
    )
    assert not staged.errored[2]
    assert {staged.rows[2][f"{slot}_2"] for slot in ("line1", "city", "state", "zip")} == {None}
    assert staged.rows[2]["zip"] == "02101"
