"""The field rules of the Metriport format, line by line, as a caller of the API meets them.

One file, a row for each line of a table: what its cells are, and what comes back. The finer points
of each rule have spec tests of their own (tests/schemas/test_metriport_*.py).
"""

import csv
import io
import re
from datetime import date

import httpx
import pytest

from registry.accounts.accounts import change_settings
from schemas.metriport import FORMAT
from schemas.reference import format_page
from schemas.rules import Circumstances
from tests.gateway.api.conftest import import_all, send

BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"
UNKNOWN = "0199c0de-0000-7000-8000-000000000000"
HOME = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}
GOOD = {"firstName": "Ada", "lastName": "Sample", "dob": "1980-02-01", "gender": "F", **HOME}
SECOND = {"addressLine1-2": "2 Pier", "city-2": "Salem", "state-2": "MA", "zip-2": "01970"}
NO_HOME = dict.fromkeys(HOME, "")
ROUNDED = "is an id that a spreadsheet has rounded; format the column as text and export it again"
FAKE = "Invalid zip: a placeholder, not a zip code"
NO_STATE = "Invalid drivers license (missing state)"
NO_VALUE = "Invalid drivers license (missing value)"

ROUNDED_NUMBER = ROUNDED.replace("an id", "a number")
REFUSED = [
    ({"id": "1.2E+10"}, f"id: 1.2E+10 {ROUNDED}"),
    ({"externalId": "1.2E+10"}, f"externalId: 1.2E+10 {ROUNDED}"),
    ({"firstName": ""}, "Missing firstName"),
    ({"lastName": " "}, "Missing lastName"),
    *(({"dob": dob}, "Missing/invalid dob")
      for dob in ("", "1980-02-30", "1899-12-31", "1/2/1980", "02-01-80", "1980-13-01", "soon")),
    ({"dob": "2199-01-01"}, "Missing/invalid dob: can't be in the future"),
    ({"gender": ""}, "Missing/invalid gender"),
    ({"gender": "x"}, "Missing/invalid gender"),
    (NO_HOME, "Missing address"),
    ({"addressLine1": ""}, "Missing addressLine1"),
    ({"city": ""}, "Missing city"),
    ({"state": ""}, "Missing state"),
    ({"zip": ""}, "Missing zip"),
    ({"city-1": "Salem"}, "Missing addressLine1-1; Missing state-1; Missing zip-1"),
    ({"addressLine1-1": "2 Pier"}, "Missing city-1; Missing state-1; Missing zip-1"),
    ({**SECOND, "zip-2": ""}, "Missing zip-2"),
    ({"addressLine2-10": "Apt 4"},
     "Missing addressLine1-10; Missing city-10; Missing state-10; Missing zip-10"),
    ({"state": "Kalifornia"}, "Invalid state"),
    ({**SECOND, "state-2": "XX"}, "Invalid state-2"),
    *(({"zip": code}, "Invalid zip") for code in ("12", "1234567", "02101-1-1", "0210A")),
    *(({"zip": code}, FAKE)
      for code in ("00000", "99999", "12345", "54321", "20000", "12345-6789", "X0000")),
    ({"state-1": "XX", "zip-1": "1", "addressLine1-1": "2 Pier", "city-1": "Salem"},
     "Invalid state-1; Invalid zip-1"),
    ({"state-1": "MA", "zip-1": "00000", "addressLine1-1": "2 Pier", "city-1": "Salem"},
     FAKE.replace("zip:", "zip-1:")),
    ({"phone": "555-0123"}, "Invalid phone"),
    ({"phone-1": "26175550100"}, "Invalid phone-1"),
    ({"phone-10": "nobody"}, "Invalid phone-10"),
    *(({"email": email}, "Invalid email")
      for email in ("ada@sample", "+16175550100@sms.example", "a@b.example;c@d.example")),
    ({"email-1": "ada"}, "Invalid email-1"),
    *(({"ssn": ssn}, "Invalid SSN") for ssn in ("1", "1234567890", "nobody")),
    *(({name: "1.23457E+08"}, f"{name}: 1.23457E+08 {ROUNDED_NUMBER}")
      for name in ("ssn", "phone-1", "phone", "zip")),
    ({"zip-1": "1.23457E+08", "addressLine1-1": "2 Pier", "city-1": "Salem", "state-1": "MA"},
     f"zip-1: 1.23457E+08 {ROUNDED_NUMBER}"),
    ({"driversLicense": "D1"}, NO_STATE),
    ({"driversLicense": "D1", "driversLicenseState": "XX"}, NO_STATE),
    ({"driversLicenseState": "MA"}, NO_VALUE),
    *(({"cohort-1": cohort}, f"Invalid cohort ID {cohort}") for cohort in ("heart", UNKNOWN)),
    *(({"facilityId": each}, f"Invalid facility ID {each}") for each in ("north", UNKNOWN)),
    ({"hieOptOut": "yes"}, "Invalid hieOptOut (use true or false)"),
    ({**dict.fromkeys(GOOD, ""), "phone-2": "5", "email": "a", "ssn": "1"},
     ("Missing firstName; Missing lastName; Missing/invalid dob; Missing/invalid gender; "
     "Invalid phone-2; Invalid email; Invalid SSN; Missing address")),
]  # fmt: skip

LINE1, LINE2 = "address.0.addressLine1", "address.0.addressLine2"
NUMBER, LICENSE = "personalIdentifiers.0.value", "personalIdentifiers.0"
TAKEN = [
    ({"id": " X-1 ", "externalId": "X-2"}, "externalId", "X-1"),
    ({"id": " ", "externalId": "X-2"}, "externalId", "X-2"),
    ({"id": " "}, "externalId", None),
    *(({"firstName": given}, "firstName", kept) for given, kept in [
        ("MCALLISTER", "Mcallister"), ("McAllister", "McAllister"), ("o'brien", "O'Brien"),
        ("SMITH-JONES", "Smith-jones"), ("Ada\nLou\tMay", "Ada Lou May")]),
    ({"lastName": "de la Cruz"}, "lastName", "de la Cruz"),
    *(({"dob": given}, "dob", kept) for given, kept in [
        ("1981-02-01", "1981-02-01"), ("1981/02/02", "1981-02-02"), ("1981.02.03", "1981-02-03"),
        ("1981-02-04T10:00:00Z", "1981-02-04"), ("02/05/1981", "1981-02-05"),
        ("Feb 6, 1981", "1981-02-06"), ("1900-01-01", "1900-01-01")]),
    *(({"gender": given}, "genderAtBirth", kept) for given, kept in [
        ("m", "M"), ("Male", "M"), ("f", "F"), ("FEMALE", "F"), ("o", "O"), ("other", "O"),
        ("un", "O"), ("u", "U"), ("unknown", "U"), ("unk", "U")]),
    ({f"{name}-10": cell for name, cell in HOME.items()} | NO_HOME, "address.0.city", "Boston"),
    (SECOND, "address.1.city", "Salem"),
    (dict.fromkeys(SECOND, " "), "address.1", None),
    *(({"addressLine1": given, "addressLine2": unit}, path, kept) for given, unit, path, kept in [
        ("7 MAIN ST.,  (rear) #;", "", LINE1, "7 Main St #"),
        ("7 McArthur Rd", "", LINE1, "7 McArthur Rd"),
        ("7 MAIN ST APT 4", "", LINE1, "7 Main St"), ("7 MAIN ST APT 4", "", LINE2, "Apt 4"),
        ("7 MAIN ST., Apt 4", "FLOOR 2", LINE1, "7 MAIN ST., Apt 4"),
        ("7 MAIN ST., Apt 4", "FLOOR 2", LINE2, "Floor 2")]),
    ({"city": " NEW YORK "}, "address.0.city", "New York"),
    *(({"state": given}, "address.0.state", kept) for given, kept in [
        ("massachusetts", "MA"), ("ma", "MA"), ("dc", "DC"), ("puerto rico", "PR"), ("VI", "VI"),
        ("Guam", "GU"), ("AS", "AS")]),
    *(({"zip": given}, "address.0.zip", kept) for given, kept in [
        ("02139-1234", "02139"), ("2139", "02139"), ("501", "00501"), ("021391234", "02139")]),
    *(({"phone": given}, "contact.0.phone", "6175550100") for given in [
        "6175550100", "16175550100", "+1 (617) 555-0100", "617.555.0100 x9", "6175550100 ext 12"]),
    ({"phone-10": "6175550100"}, "contact.0.phone", "6175550100"),
    *(({"email": given}, "contact.0.email", "ada@example.com") for given in [
        " ADA@Example.com ", "mailto:ada@example.com"]),
    ({"email-10": "ada@example.com"}, "contact.0.email", "ada@example.com"),
    *(({"ssn": given}, NUMBER, kept) for given, kept in [
        ("900-00-0001", "900000001"), ("90000001", "090000001"), ("12", "000000012")]),
    ({"driversLicense": "d1", "driversLicenseState": "california"}, LICENSE,
     {"type": "driversLicense", "value": "D1", "state": "CA"}),
    *(({"hieOptOut": given}, "hieOptOut", kept) for given, kept in [
        ("TRUE", True), ("true", True), ("False", False), ("", False)]),
]  # fmt: skip

PADDED = "lost its leading zeros; they were put back"
WARNED = [({"zip-1": "501", "addressLine1-1": "2 Pier", "city-1": "Salem", "state-1": "MA"},
           f"zip-1 {PADDED}"),
          ({"ssn": "90000001"}, f"ssn {PADDED}"),
          *(({name: cell}, f'{name}: {cell} stands for "no value" and was left out')
            for name, cell in [("id", "N/A"), ("externalId", "null"), ("phone-1", "none"),
                               ("phone", "-"), ("ssn", "unknown")]),
          *(({name: cell}, f"{name}: {cell} was read as a whole number; format the column as text")
            for name, cell in [("id", "12.0"), ("externalId", "13.0"), ("phone-1", "6175550101.0"),
                               ("phone", "6175550102.0"), ("ssn", "900000012.0"),
                               ("zip", "02115.0")]),
          ({"zip-1": "02116.0", "addressLine1-1": "2 Pier", "city-1": "Salem", "state-1": "MA"},
           "zip-1: 02116.0 was read as a whole number; format the column as text"),
          ({"firstName": "R&amp;D"},
           "firstName: holds text of a web page (&…;) and was stored as it stands")]  # fmt: skip

OF_A_COLUMN = "other dates of the file"
"""A date of this file has the month first; tests/schemas/metriport/test_dates.py has the others."""


def letters(number):
    return chr(65 + number // 26) + chr(97 + number % 26)


def roster(cases):
    """A file with a row for each case; last names set the rows apart from each other."""
    headers = list(dict.fromkeys([*GOOD, *(name for cells in cases for name in cells)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, headers)
    writer.writeheader()
    for number, cells in enumerate(cases):
        writer.writerow(GOOD | {"lastName": f"Sample {letters(number)}"} | cells)
    return text.getvalue()


def results(api, client, *files):
    """The rows of the results of some files, in the order of the files."""
    asked = [send(client, content)["requestId"] for content in files]
    import_all(api)
    links = [client.get(f"{BULK}/{each}").json()["result"] for each in asked]
    texts = [httpx.get(link).text for link in links]
    return [row for text in texts for row in csv.DictReader(io.StringIO(text, newline=""))]


def at(value, path):
    """What stands at a path of a JSON document, None where it goes nowhere."""
    for part in path.split("."):
        place = int(part) if part.isdigit() else part
        held = place < len(value) if isinstance(place, int) else place in value
        if not held:
            return None
        value = value[place]
    return value


@pytest.fixture(autouse=True)
def facility(client):
    (own,) = client.get("/medical/v1/facility").json()["incomplete"]
    return own


def test_what_breaks_a_rule_fails_its_row_with_the_rules_message(api, client):
    rows = results(api, client, roster([cells for cells, _ in (*REFUSED, *WARNED)]))
    said = [(row["status"], row["reason"], row["metriportId"]) for row in rows[: len(REFUSED)]]
    assert said == [("failed", reason, "") for _, reason in REFUSED]
    warned = [(row["status"], row["warnings"]) for row in rows[len(REFUSED) :]]
    assert warned == [("succeeded", warning) for _, warning in WARNED]
    assert len(client.get(PATIENT).json()["patients"]) == len(WARNED)

    reported = "; ".join(text for row in rows for text in (row["reason"], row["warnings"]) if text)
    of_rows = [each for each in messages_of_the_page() if re.escape(OF_A_COLUMN) not in each]
    assert [each for each in of_rows if not re.search(each, reported)] == []


def messages_of_the_page():
    """The messages of the table of rules on the format's page, as patterns."""
    page = format_page(FORMAT, Circumstances(date(2026, 1, 1)))
    table = page.partition("## Rules")[2].partition("## Result file")[0].splitlines()
    messages = [line.split(" | ")[-1].removesuffix(" |") for line in table if " | `" in line]
    assert len(messages) > 25
    whole = r"(?:^|; ){}(?:; |$)"
    return [whole.format(re.escape(each).replace(r"\{value\}", ".+?")) for each in messages]


def test_what_keeps_the_rules_is_read_back_in_its_canonical_form(api, client):
    rows = results(api, client, roster([cells for cells, _, _ in TAKEN]))
    assert [(row["status"], row["reason"]) for row in rows] == [("succeeded", "")] * len(TAKEN)
    patients = [client.get(f"{PATIENT}/{row['metriportId']}").json() for row in rows]
    found = [at(patient, path) for patient, (_, path, _) in zip(patients, TAKEN, strict=True)]
    assert found == [value for _, _, value in TAKEN]


SPELLINGS = [
    (
        "First Name*,LASTNAME,D.O.B.,Gender,address1,address2,City,State,ZIP,phone1,email1,"
        "Drivers License Number,driverslicensestate"
    ),
    (
        "firstname,last name,dob,gender,Address Line1-10,addressline2-10,city-10,state-10,zip-10,"
        "phone-10,EMAIL-10,driversLicenceNo,driversLicenceState"
    ),
]


def test_headers_are_recognised_in_any_spelling_and_order(api, client):
    cells = "Ada,Sample,1980-02-01,F,1 Main St,Apt 4,Boston,MA,02101,6175550100,a@b.example,D1,MA"
    turned = ["\r\n".join(",".join(reversed(line.split(","))) for line in (headers, cells))
              for headers in SPELLINGS]  # fmt: skip
    rows = results(api, client, *turned)
    assert [(row["status"], row["action"]) for row in rows] == [
        ("succeeded", "created"),
        ("succeeded", "unchanged"),
    ]
    (patient,) = client.get(PATIENT).json()["patients"]
    assert patient["address"][0]["addressLine2"] == "Apt 4"
    assert patient["contact"] == [{"phone": "6175550100", "email": "a@b.example"}]
    assert patient["personalIdentifiers"][0]["value"] == "D1"


def test_a_missing_required_column_fails_every_row_with_that_fields_message(api, client):
    rows = results(api, client, "firstName,lastName,gender\r\nAda,Sample,F\r\nBen,Sample,M\r\n")
    assert [row["reason"] for row in rows] == ["Missing/invalid dob; Missing address"] * 2


def test_two_headers_for_one_column_fail_the_request_and_are_named(api, client):
    started = send(client, roster([{"First Name*": "Ada"}]))
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert found["status"] == "failed"
    assert "firstName" in found["reason"]
    assert "First Name*" in found["reason"]


def test_a_lenient_account_is_warned_of_optional_values_and_they_are_left_out(
    api, client, connection, account
):
    change_settings(connection, account, {"lenient": True})
    connection.commit()
    cells = {"phone": "5", "email": "a", "ssn": "1", "hieOptOut": "yes"}
    kept, refused = results(api, client, roster([cells, {"dob": "soon"}]))
    assert (kept["status"], kept["reason"]) == ("succeeded", "")
    for message in ("Invalid phone", "Invalid email", "Invalid SSN", "Invalid hieOptOut"):
        assert message in kept["warnings"]
    assert refused["reason"] == "Missing/invalid dob"
    patient = client.get(f"{PATIENT}/{kept['metriportId']}").json()
    assert (patient["contact"], patient["personalIdentifiers"]) == ([], [])
