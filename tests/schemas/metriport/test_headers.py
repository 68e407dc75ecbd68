"""The headers of a Metriport file, files that are refused, and what a lenient account accepts."""

import pytest

from schemas.errors import FileFault
from schemas.rules import Circumstances
from tests.schemas.tables import RECEIVED_ON, Staged, csv_of, records, stage

PERSON = {"firstName": "Mary", "lastName": "Poe", "dob": "1951-05-05", "gender": "F"}
HOME = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}


def one_row(**cells: str) -> Staged:
    """A file of one row; `_` in a name means the dash before a number."""
    row = PERSON | {name.replace("_", "-"): cell for name, cell in cells.items()}
    return stage("metriport", csv_of([[*row], [*row.values()]]))


def numbered(number: int, **changed: str) -> dict[str, str]:
    return {f"{name}_{number}": cell for name, cell in (HOME | changed).items()}


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
def test_a_drivers_licence_has_many_headers_and_needs_its_state(word: str, ending: str):
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
    "header",
    ["First Name*", "FIRSTNAME", "first_name", " firstName ", "first.name:", "First (Name)"],
)
def test_headers_match_without_regard_to_case_spaces_and_punctuation(header: str):
    row = PERSON | HOME
    del row["firstName"]
    staged = stage("metriport", csv_of([[*row, header], [*row.values(), "Mary"]]))
    assert staged.rows[2]["first_name"] == "Mary"
    assert not staged.errored[2]


def test_a_dash_in_a_header_counts():
    staged = one_row(**HOME, first_Name="Jane")
    assert staged.rows[2]["first_name"] == "Mary"


def test_address1_is_a_synonym_of_addressline1():
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


@pytest.mark.parametrize(
    "content", [b"", b"\n\n", b"%PDF-1.4", b'firstName,dob\n"x', b"a,b\nc,d\n"]
)
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
