"""The field rules of the Metriport format, line by line, as a caller of the API meets them.

One file, a row for each line of a table: what its cells are, and what comes back. The finer points
of each rule have spec tests of their own (tests/specs/test_metriport_*.py).
"""

import csv
import io

import httpx
import pytest

from tests.gateway.api.conftest import import_all, send

BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"
GOOD = {
    "firstName": "Ada",
    "lastName": "Sample",
    "dob": "1980-02-01",
    "gender": "F",
    "addressLine1": "1 Main St",
    "city": "Boston",
    "state": "MA",
    "zip": "02101",
}

REFUSED = [
    ({"firstName": ""}, "Missing firstName"),
    ({"lastName": " "}, "Missing lastName"),
    ({"dob": ""}, "Missing/invalid dob"),
    ({"dob": "1980-02-30"}, "Missing/invalid dob"),
    ({"dob": "2199-01-01"}, "Missing/invalid dob: can't be in the future"),
    ({"gender": "x"}, "Missing/invalid gender"),
    ({"addressLine1": "", "city": "", "state": "", "zip": ""}, "Missing address"),
    ({"city": ""}, "Missing city"),
    ({"addressLine1-2": "2 Pier"}, "Missing city-2; Missing state-2; Missing zip-2"),
    ({"state": "Kalifornia"}, "Invalid state"),
    ({"zip": "12"}, "Invalid zip"),
    ({"zip": "00000"}, "Invalid zip: a placeholder, not a zip code"),
    ({"phone-1": "555-0123"}, "Invalid phone-1"),
    ({"email": "ada@sample"}, "Invalid email"),
    ({"ssn": "1"}, "Invalid SSN"),
    ({"driversLicense": "D1"}, "Invalid drivers license (missing state)"),
    ({"driversLicenseState": "MA"}, "Invalid drivers license (missing value)"),
    ({"cohort-1": "heart"}, "Invalid cohort ID heart"),
    ({"facilityId": "north"}, "Invalid facility ID north"),
    ({"hieOptOut": "yes"}, "Invalid hieOptOut (use true or false)"),
    ({"firstName": "", "dob": "", "ssn": "1"},
     "Missing firstName; Missing/invalid dob; Invalid SSN"),
]  # fmt: skip

TAKEN = [
    ({"id": " X-1 "}, "externalId", "X-1"),
    ({"firstName": "MCALLISTER"}, "firstName", "Mcallister"),
    ({"firstName": "McAllister"}, "firstName", "McAllister"),
    ({"dob": "02/03/1981"}, "dob", "1981-02-03"),
    ({"dob": "1981.02.04"}, "dob", "1981-02-04"),
    ({"dob": "1981-02-05T10:00:00Z"}, "dob", "1981-02-05"),
    ({"dob": "Feb 6, 1981"}, "dob", "1981-02-06"),
    ({"gender": "male"}, "genderAtBirth", "M"),
    ({"gender": "other"}, "genderAtBirth", "O"),
    ({"gender": "unk"}, "genderAtBirth", "U"),
    ({"addressLine1": "7 MAIN ST APT 4"}, "address.0.addressLine2", "Apt 4"),
    ({"city": "NEW YORK"}, "address.0.city", "New York"),
    ({"state": "massachusetts"}, "address.0.state", "MA"),
    ({"zip": "2139"}, "address.0.zip", "02139"),
    ({"zip": "021391234"}, "address.0.zip", "02139"),
    ({"phone": "+1 (617) 555-0100 x9"}, "contact.0.phone", "6175550100"),
    ({"email": "mailto:ADA@Example.com"}, "contact.0.email", "ada@example.com"),
    ({"ssn": "900-00-0001"}, "personalIdentifiers.0.value", "900000001"),
    ({"driversLicense": "d1", "driversLicenseState": "MA"}, "personalIdentifiers.0.value", "D1"),
    ({"hieOptOut": "TRUE"}, "hieOptOut", True),
    ({"hieOptOut": ""}, "hieOptOut", False),
]  # fmt: skip


def roster(cases):
    """A file with a row for each case; names set the rows apart from each other."""
    headers = list(dict.fromkeys([*GOOD, *(name for cells in cases for name in cells)]))
    text = io.StringIO()
    writer = csv.DictWriter(text, headers)
    writer.writeheader()
    for number, cells in enumerate(cases):
        own = {"lastName": f"Sample {chr(65 + number // 26)}{chr(97 + number % 26)}"}
        writer.writerow(GOOD | own | cells)
    return text.getvalue()


def results(api, client, cases):
    started = send(client, roster(cases))
    import_all(api)
    link = client.get(f"{BULK}/{started['requestId']}").json()["result"]
    return list(csv.DictReader(io.StringIO(httpx.get(link).text, newline="")))


@pytest.fixture(autouse=True)
def facility(client):
    return client.post("/medical/v1/facility", json={"name": "Main Street"}).json()


def test_what_breaks_a_rule_fails_its_row_with_the_rules_message(api, client):
    rows = results(api, client, [cells for cells, _ in REFUSED])
    said = [(row["status"], row["reason"], row["metriportId"]) for row in rows]
    assert said == [("failed", reason, "") for _, reason in REFUSED]
    assert client.get(PATIENT).json()["patients"] == []


def test_what_keeps_the_rules_is_read_back_in_its_canonical_form(api, client):
    rows = results(api, client, [cells for cells, _, _ in TAKEN])
    assert [(row["status"], row["reason"]) for row in rows] == [("succeeded", "")] * len(TAKEN)
    found = []
    for row, (_, path, _) in zip(rows, TAKEN, strict=True):
        value = client.get(f"{PATIENT}/{row['metriportId']}").json()
        for part in path.split("."):
            value = value[int(part)] if part.isdigit() else value[part]
        found.append(value)
    assert found == [value for _, _, value in TAKEN]


def test_cohorts_and_facilities_of_the_file_are_the_patients(api, client, facility):
    cohort = client.post("/medical/v1/cohort", json={"name": "Diabetes"}).json()
    pier = client.post("/medical/v1/facility", json={"name": "Pier"}).json()
    cases = [{"cohort": cohort["id"], "facilityId": pier["id"].upper()}, {"facilityId": ""}]
    started = client.post(BULK, params={"facilityId": facility["id"]}).json()
    httpx.put(started["uploadUrl"], content=roster(cases))
    import_all(api)
    first, second = client.get(PATIENT).json()["patients"]
    assert (first["cohorts"], first["facilityIds"]) == ([cohort["id"]], [pier["id"]])
    assert (second["cohorts"], second["facilityIds"]) == ([], [facility["id"]])


def test_another_accounts_facility_fails_its_row(api, client, other):
    foreign = other.post("/medical/v1/facility", json={"name": "Pier"}).json()["id"]
    (row,) = results(api, client, [{"facilityId": foreign}])
    assert row["reason"] == f"Invalid facility ID {foreign}"


def test_two_rows_of_one_patient_become_one(api, client):
    content = roster([{}]) + roster([{"addressLine1": "9 Pier"}]).partition("\r\n")[2]
    started = send(client, content)
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert (found["created"], found["updated"]) == (1, 1)
    (patient,) = client.get(PATIENT).json()["patients"]
    assert {each["addressLine1"] for each in patient["address"]} == {"1 Main St", "9 Pier"}


def test_two_headers_for_one_column_fail_the_request_and_are_named(api, client):
    started = send(client, roster([{"First Name*": "Ada"}]))
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert found["status"] == "failed"
    assert "firstName" in found["reason"]
    assert "First Name*" in found["reason"]
