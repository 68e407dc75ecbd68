"""Patients over the API: read back whole, matched, updated by later files, opted out."""

from datetime import UTC, datetime
from uuid import UUID

import httpx
import pytest

from registry.database.row_level_security import as_account
from registry.decisions.judgements import Reviewer
from registry.decisions.merge import same
from tests.gateway.api.conftest import ROSTER, import_all, send
from tests.gateway.api.test_rules import HOME, results, roster

BULK = "/medical/v1/patient/bulk"
PATIENT = "/medical/v1/patient"
FULL = {
    "externalId": "X-1",
    "addressLine2": "Apt 4",
    "phone-1": "617-555-0100",
    "email-1": "ada@example.com",
    "ssn": "900-00-0001",
    "driversLicenceNo": "D1",
    "driversLicenceState": "MA",
}


@pytest.fixture
def facility(client):
    (own,) = client.get("/medical/v1/facility").json()["incomplete"]
    return own["id"]


@pytest.fixture
def cohort(client):
    return client.post("/medical/v1/cohort", json={"name": "Diabetes"}).json()["id"]


def only(client):
    (patient,) = client.get(PATIENT).json()["patients"]
    return patient


def named(cells):
    return {"lastName": "Sample"} | cells


def test_a_patient_is_read_back_whole_in_the_sources_own_shape(api, client, facility, cohort):
    (row,) = results(api, client, roster([named(FULL | {"cohort-1": cohort})]))
    patient = client.get(f"{PATIENT}/{row['metriportId']}").json()
    assert UUID(patient.pop("id")).version == 7
    assert patient.pop("eTag")
    assert patient == {
        "externalId": "X-1",
        "firstName": "Ada",
        "lastName": "Sample",
        "dob": "1980-02-01",
        "genderAtBirth": "F",
        "address": [
            {
                "addressLine1": "1 Main St",
                "addressLine2": "Apt 4",
                "city": "Boston",
                "state": "MA",
                "zip": "02101",
                "country": "USA",
            }
        ],
        "contact": [{"phone": "6175550100", "email": "ada@example.com"}],
        "personalIdentifiers": [
            {"type": "ssn", "value": "900000001"},
            {"type": "driversLicense", "value": "D1", "state": "MA"},
        ],
        "facilityIds": [facility],
        "cohorts": [cohort],
        "hieOptOut": False,
    }


CONTACTS = [
    ({"phone": "6175550100", "email": "a@x.example"}, [("0100", "a@x")]),
    ({"phone-1": "6175550100", "email-2": "a@x.example"}, [("0100", None), (None, "a@x")]),
    (
        {"phone-1": "6175550100", "email-1": "a@x.example", "phone-2": "6175550102",
         "email-2": "b@x.example"},
        [("0100", "a@x"), ("0102", "b@x")],
    ),
    (  # a family's only address
        {"phone-1": "6175550100", "email-1": "a@x.example", "phone-2": "6175550102",
         "email-2": "a@x.example"},
        [("0100", "a@x"), ("0102", "a@x")],
    ),
    (  # the same contact twice
        {"phone": "6175550100", "email": "a@x.example", "phone-1": "(617) 555-0100",
         "email-1": "A@x.example"},
        [("0100", "a@x")],
    ),
    (
        {"phone-1": "6175550100", "email-1": "a@x.example", "email-3": "c@x.example"},
        [("0100", "a@x"), (None, "c@x")],
    ),
]  # fmt: skip


def contacts(patient) -> list[tuple[str | None, str | None]]:
    """The ends of numbers and the beginnings of addresses."""
    return [
        (each.get("phone", "")[-4:] or None, each.get("email", "").split(".")[0] or None)
        for each in patient["contact"]
    ]


def test_what_was_given_with_one_number_is_one_contact(api, client):
    results(api, client, roster([cells for cells, _ in CONTACTS]))
    patients = client.get(PATIENT).json()["patients"]
    assert [contacts(each) for each in patients] == [expected for _, expected in CONTACTS]


def test_contacts_of_later_files_are_added_and_the_same_ones_change_nothing(api, client):
    first = {"lastName": "Sample", "phone": "6175550100", "email": "a@x.example"}
    second = {"lastName": "Sample", "phone": "6175550100", "email": "b@x.example"}
    rows = results(api, client, *(roster([each]) for each in (first, first, second, first, second)))
    assert [row["action"] for row in rows] == [
        "created", "unchanged", "updated", "unchanged", "unchanged",
    ]  # fmt: skip
    assert contacts(only(client)) == [("0100", "a@x"), ("0100", "b@x")]


def test_a_row_names_its_own_facility_and_cohort_and_a_blank_is_the_requests_default(
    api, client, facility, cohort
):
    pier = client.post("/medical/v1/facility", json={"name": "Pier"}).json()["id"]
    cases = [{"cohort": cohort, "facilityId": pier.upper()}, {"facilityId": ""}]
    send(client, roster(cases), facilityId=facility)
    import_all(api)
    first, second = client.get(PATIENT).json()["patients"]
    assert (first["cohorts"], first["facilityIds"]) == ([cohort], [pier])
    assert (second["cohorts"], second["facilityIds"]) == ([], [facility])


def test_facilities_and_cohorts_of_another_account_fail_their_rows_in_a_dry_run_too(
    api, client, other
):
    facility = other.post("/medical/v1/facility", json={"name": "Pier"}).json()["id"]
    cohort = other.post("/medical/v1/cohort", json={"name": "Diabetes"}).json()["id"]
    content = roster([{"facilityId": facility}, {"cohort-1": cohort}])
    for dry_run in ("true", "false"):
        asked = send(client, content, dryRun=dry_run)
        import_all(api)
        link = client.get(f"{BULK}/{asked['requestId']}").json()["result"]
        lines = httpx.get(link).text.splitlines()[1:]
        assert f"Invalid facility ID {facility}" in lines[0]
        assert f"Invalid cohort ID {cohort}" in lines[1]


def test_names_dob_gender_and_a_zip_make_the_same_patient_and_anything_else_another(api, client):
    cases = [
        {"lastName": "McDonald"},
        {"lastName": "MCDONALD", "firstName": "ADA", "gender": "female", "dob": "02/01/1980"},
        {"lastName": "McDonald", "dob": "1980-02-02"},
        {"lastName": "McDonald", "gender": "U"},
        {"lastName": "McDonald", "firstName": "Adele"},
        {"lastName": "McDonald", "zip": "01970"},
    ]
    rows = results(api, client, roster(cases))
    ids = [row["metriportId"] for row in rows]
    assert [row["action"] for row in rows] == ["created", "updated", *["created"] * 4]
    assert ids[0] == ids[1]
    assert len(set(ids)) == 5


def test_a_blank_keeps_and_what_is_new_is_added_once(api, client, facility, cohort):
    second = {"addressLine1": "9 Pier", "phone-1": "6175550199", "externalId": "X-2"}
    files = [
        roster([named(FULL)]),
        roster([named(second | {"cohort-1": cohort, "ssn": ""})]),
        roster([named({"addressLine1": "1 MAIN ST APT 4", "phone": "(617) 555-0100"})]),
    ]
    rows = results(api, client, *files)
    assert [row["action"] for row in rows] == ["created", "updated", "unchanged"]
    patient = only(client)
    assert patient["externalId"] == "X-2"
    assert [each["addressLine1"] for each in patient["address"]] == ["1 Main St", "9 Pier"]
    assert [each.get("phone") for each in patient["contact"]] == [
        "6175550100",
        "6175550199",
    ]
    assert len(patient["personalIdentifiers"]) == 2
    assert (patient["cohorts"], patient["facilityIds"]) == ([cohort], [facility])


def test_of_two_rows_for_one_patient_the_second_updates_the_first(api, client):
    cases = [named({}), named({"addressLine1": "9 Pier"})]
    started = send(client, roster(cases))
    import_all(api)
    found = client.get(f"{BULK}/{started['requestId']}").json()
    assert (found["created"], found["updated"], found["successful"]) == (1, 1, 2)
    assert {each["addressLine1"] for each in only(client)["address"]} == {"1 Main St", "9 Pier"}


def test_an_external_id_finds_nobody(api, client):
    rows = results(api, client, roster([{"externalId": "X-1"}, {"externalId": "X-1"}]))
    assert [row["action"] for row in rows] == ["created", "created"]


def test_patients_are_paged_within_their_account(api, client, other):
    send(client)
    import_all(api)
    first = client.get(PATIENT, params={"count": 1}).json()
    second = client.get(first["meta"]["nextPage"]).json()
    assert [each["patients"][0]["firstName"] for each in (first, second)] == ["Ada", "Ben"]
    assert first["meta"]["itemsInTotal"] == 2
    assert set(second["meta"]) == {"itemsOnPage", "prevPage"}
    assert client.get(second["meta"]["prevPage"]).json()["patients"] == first["patients"]
    assert other.get(PATIENT).json()["patients"] == []


def test_patients_of_one_facility_are_listed_in_pages_that_keep_to_it(api, client, other, facility):
    pier = client.post("/medical/v1/facility", json={"name": "Pier"}).json()["id"]
    send(client, roster([{"facilityId": each} for each in (facility, pier) * 2]), facilityId=pier)
    import_all(api)
    answer = client.get(PATIENT, params={"facilityId": pier, "count": 1}).json()
    seen = [*answer["patients"]]
    while "nextPage" in answer["meta"]:
        answer = client.get(answer["meta"]["nextPage"]).json()
        seen += answer["patients"]
    assert [each["facilityIds"] for each in seen] == [[pier], [pier]]
    assert other.get(PATIENT, params={"facilityId": pier}).json()["patients"] == []
    assert client.get(PATIENT, params={"facilityId": "pier"}).status_code == 400


def test_match_finds_the_patient_that_a_row_would_update(api, client, other):
    send(client)
    import_all(api)
    ada = client.get(PATIENT).json()["patients"][0]
    wanted = {
        "firstName": "ADA",
        "lastName": "sample",
        "dob": "1980-02-01",
        "genderAtBirth": "F",
        "address": [{"zip": "02101-1234", **HOME} | {"zip": "02101-1234"}],
    }
    assert client.post(f"{PATIENT}/match", json=wanted).json() == ada
    for change in (
        {"lastName": "No"},
        {"firstName": "A"},
        {"dob": "1980-02-02"},
        {"genderAtBirth": "U"},
        {"address": {"zip": "01970"}},
    ):
        answer = client.post(f"{PATIENT}/match", json=wanted | change)
        assert (change, answer.status_code) == (change, 404)
    assert other.post(f"{PATIENT}/match", json=wanted).status_code == 404


def test_an_opt_out_is_answered_kept_and_taken_back(api, client, other):
    send(client, ROSTER)
    import_all(api)
    ada = client.get(PATIENT).json()["patients"][0]
    path = f"{PATIENT}/{ada['id']}"
    for value, said in (("true", "out of"), ("false", "in to")):
        answer = client.put(f"{path}/hie-opt-out", params={"hieOptOut": value}).json()
        assert answer == {
            "id": ada["id"],
            "hieOptOut": value == "true",
            "message": f"Patient has been opted {said} network discovery and document queries",
        }
        assert client.get(path).json()["hieOptOut"] is (value == "true")
    assert other.get(path).status_code == 404
    assert other.put(f"{path}/hie-opt-out?hieOptOut=true").status_code == 404


def test_the_id_of_a_merged_patient_leads_to_the_surviving_patient(
    api, client, account, connection
):
    rows = results(api, client, roster([named({}), named({"zip": "02199", "city": "Salem"})]))
    older, younger = (row["metriportId"] for row in rows)
    at = datetime.now(UTC)
    with as_account(connection, account.id):
        same(connection, Reviewer(account.id, "rita", at), UUID(younger), UUID(older))
    answer = client.get(f"{PATIENT}/{younger}")
    assert (answer.status_code, answer.json()["id"]) == (200, older)
    assert answer.headers["content-location"] == f"{PATIENT}/{older}"
    assert {each["zip"] for each in answer.json()["address"]} == {"02101", "02199"}
    assert "content-location" not in client.get(f"{PATIENT}/{older}").headers
    opted = client.put(f"{PATIENT}/{younger}/hie-opt-out", params={"hieOptOut": True}).json()
    assert (opted["id"], opted["hieOptOut"]) == (older, True)
    assert only(client)["hieOptOut"] is True
