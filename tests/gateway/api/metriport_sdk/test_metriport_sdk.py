"""Metriport's SDK against the live server: a customer's integration moves over whole."""

import re
from pathlib import Path

import pytest
from psycopg.types.json import Jsonb

from gateway.api.not_here import NOT_HERE
from tests.gateway.api.conftest import import_all, send
from tests.gateway.api.metriport_sdk.conftest import Failed

UNKNOWN = "0199c0de-0000-7000-8000-000000000000"
PAGE = Path(__file__).parents[4] / "docs" / "tasks" / "call-the-api.md"

ADDRESS = {
    "addressLine1": "1 Main St",
    "addressLine2": "Apt 4",
    "city": "Boston",
    "state": "MA",
    "zip": "02101",
    "country": "USA",
}
CLINIC = {"name": "Pier Clinic", "npi": "1234567893", "tin": "12-3456789", "address": ADDRESS}
ADA = {
    "firstName": "Ada",
    "lastName": "Sample",
    "dob": "1980-02-01",
    "genderAtBirth": "F",
    "externalId": "X-1",
    "address": [ADDRESS],
    "contact": [{"phone": "6175550100"}, {"email": "ada@example.com"}],
    "personalIdentifiers": [{"type": "ssn", "value": "900000001"}],
}


@pytest.fixture
def facility(call):
    return call("createFacility", CLINIC)


@pytest.fixture
def ada(call, calls, facility):  # noqa: ARG001 - the service must run
    return call("createPatient", ADA, facility["id"])


def test_facilities_keep_npi_tin_and_address(call, client):
    assert call("listFacilities") == []  # one without npi and address does not break the list
    (by_name_only,) = client.get("/medical/v1/facility").json()["incomplete"]
    assert set(by_name_only) == {"id", "eTag", "name", "active"}  # and nothing is made up
    completed = call("updateFacility", {**CLINIC, "id": by_name_only["id"], "name": "Harbor"})
    assert (completed["id"], completed["npi"]) == (by_name_only["id"], CLINIC["npi"])
    made = call("createFacility", CLINIC)
    assert {name: made[name] for name in CLINIC} == CLINIC
    assert call("getFacility", made["id"]) == made
    assert [each["name"] for each in call("listFacilities")] == ["Harbor", "Pier Clinic"]
    changed = call("updateFacility", {**made, "tin": None, "name": "Pier"})
    assert (changed["name"], changed.get("tin")) == ("Pier", None)
    assert call("updateFacility", made).status == 412  # its eTag is an old one
    assert call("deleteFacility", made["id"], changed["eTag"]) is None
    assert call("getFacility", made["id"]).status == 404
    assert [each["name"] for each in call("listFacilities")] == ["Harbor"]


def test_a_patient_is_created_read_found_and_updated(call, ada, facility):
    assert {name: ada[name] for name in ADA} == ADA
    assert ada["facilityIds"] == [facility["id"]]
    read = call("getPatient", ada["id"])
    assert read == {name: value for name, value in ada.items() if name != "warnings"}
    assert call("getPatientByExternalId", "X-1") == read
    assert call("matchPatient", ADA) == read
    assert call("matchPatient", {**ADA, "dob": "1980-02-02"}) is None
    other = {**ADDRESS, "addressLine1": "9 Pier", "addressLine2": None}
    renamed = call("updatePatient", {**read, "lastName": "Other", "address": [other]})
    assert (renamed["id"], renamed["lastName"]) == (ada["id"], "Other")
    assert [each["addressLine1"] for each in renamed["address"]] == ["9 Pier"]
    assert renamed["contact"] == ADA["contact"]
    assert call("updatePatient", read).status == 412
    assert call("getPatient", ada["id"])["lastName"] == "Other"


def test_a_patient_who_is_created_again_is_the_same_one(call, ada, facility):
    again = call("createPatient", {**ADA, "externalId": "X-2"}, facility["id"])
    assert (again["id"], again["externalId"]) == (ada["id"], "X-2")
    assert len(call("listPatients")["patients"]) == 1


@pytest.mark.usefixtures("calls")
def test_what_rules_of_rows_refuse_is_refused(call, facility):
    refused = call("createPatient", {**ADA, "dob": "1980-02-30"}, facility["id"])
    assert (refused.status, refused.said["detail"]) == (400, "Missing/invalid dob")
    assert call("createPatient", ADA, UNKNOWN).status == 404


def test_a_deleted_patient_is_gone_until_created_again(call, ada, facility):
    assert call("deletePatient", ada["id"], facility["id"], "stale").status == 412
    assert call("deletePatient", ada["id"], facility["id"], ada["eTag"]) is None
    assert call("getPatient", ada["id"]).status == 404
    assert call("matchPatient", ADA) is None
    assert call("listPatients")["patients"] == []
    assert call("createPatient", ADA, facility["id"])["id"] == ada["id"]


def test_lists_are_filtered_and_paged(call, api, client):
    send(client)
    import_all(api)
    found = call("listPatients", {"filters": "ada"})
    assert [each["firstName"] for each in found["patients"]] == ["Ada"]
    assert call("listPatients", {"filters": "nobody"})["patients"] == []
    first = call("listPatients", {"pagination": {"count": 1}})
    assert (first["meta"]["itemsInTotal"], first["meta"]["itemsOnPage"]) == (2, 1)
    second = call("listPatientsPage", first["meta"]["nextPage"])
    assert [each["firstName"] for each in second["patients"]] == ["Ben"]
    assert call("listPatientsPage", second["meta"]["prevPage"])["patients"] == first["patients"]
    wrong = call("listPatientsPage", "/patient?filter=ada")
    assert (wrong.status, "filter" in wrong.said["detail"]) == (400, True)


def test_facilities_of_a_patient_and_opt_out(call, ada, facility):
    assert call("getPatientFacilities", ada["id"]) == [facility]
    pier = call("createFacility", {**CLINIC, "name": "Pier 2"})
    assert call("setPatientFacilities", ada["id"], [pier["id"]]) == [pier]
    assert call("getPatient", ada["id"])["facilityIds"] == [pier["id"]]
    assert call("deleteFacility", pier["id"]).status == 409
    opted_out = True
    assert call("updatePatientHieOptOut", ada["id"], opted_out)["hieOptOut"] is True
    assert call("getPatient", ada["id"])["hieOptOut"] is True


def test_cohorts_and_their_members(call, client, ada):
    # The SDK lists, changes and removes cohorts, and has no method that makes one.
    added = {"name": "Diabetes", "color": "red", "description": "Type 2"}
    cohort = client.post("/medical/v1/cohort", json=added).json()
    assert call("getCohort", cohort["id"]) == cohort
    changed = call("updateCohort", {"id": cohort["id"], "name": "T2", "eTag": cohort["eTag"]})
    assert (changed["name"], changed["color"]) == ("T2", "red")
    assert call("updateCohort", {"id": cohort["id"], "eTag": cohort["eTag"]}).status == 412
    members = {"cohortId": cohort["id"], "patientIds": [ada["id"]]}
    assert call("addPatientsToCohort", members)["cohort"]["size"] == 1
    assert call("listCohorts")["cohorts"][0]["size"] == 1
    of_cohort = call("listPatientsInCohort", {"id": cohort["id"], "pagination": {"count": 5}})
    assert [each["id"] for each in of_cohort["patients"]] == [ada["id"]]
    page = call("getCohortPatientsPage", f"/cohort/{cohort['id']}/patient?count=1")
    assert page["patients"] == of_cohort["patients"]
    assert call("listCohortsForPatient", ada["id"])["cohorts"][0]["id"] == cohort["id"]
    assert call("removePatientsFromCohort", members)["cohort"]["size"] == 0
    joined = call("addPatientToCohorts", ada["id"], [cohort["id"]])
    assert joined["cohorts"][0]["size"] == 1
    everybody = {"cohortId": cohort["id"], "allPatients": True}
    assert call("removePatientsFromCohort", everybody)["cohort"]["size"] == 0
    assert call("deleteCohort", cohort["id"]) is None
    assert call("getCohort", cohort["id"]).status == 404


def test_documents_are_asked_for_and_listed(call, connection, ada):
    assert call("getDocumentQueryStatus", ada["id"]) == {}
    assert call("listDocuments", ada["id"]) == {"documents": []}
    assert call("startDocumentQuery", ada["id"]).status == 501  # there is no endpoint here
    reference = {
        "resourceType": "DocumentReference",
        "id": "d-1",
        "status": "current",
        "date": "2026-03-04T10:00:00Z",
        "description": "Discharge summary",
        "content": [{"attachment": {"contentType": "text/xml", "title": "ccd.xml", "size": 12}}],
    }
    connection.execute(
        "INSERT INTO document_query (import_id, attempt, patient_id, account_id, state, found,"
        " documents, settled_at) SELECT import_id, attempt, patient_id, %s, 'completed', 1, %s,"
        " now() FROM import_row",
        (account_of(connection), Jsonb([reference])),
    )
    connection.commit()
    status = call("getDocumentQueryStatus", ada["id"])
    assert status["download"] == {"status": "completed", "total": 1, "successful": 1, "errors": 0}
    assert call("listDocuments", ada["id"])["documents"] == [reference]
    (short,) = call("listDocumentsAsDTO", ada["id"])
    assert (short["id"], short["fileName"], short["size"]) == ("d-1", "ccd.xml", 12)
    assert call("listDocuments", ada["id"], {"content": "SUMMARY"})["documents"] == [reference]
    assert call("listDocuments", ada["id"], {"content": "x-ray"})["documents"] == []
    assert call("listDocuments", ada["id"], {"dateFrom": "2026-03-05"})["documents"] == []
    assert call("listDocuments", ada["id"], {"dateTo": "2026-03-04"})["documents"] == [reference]


def account_of(connection):
    ((number,),) = connection.execute("SELECT id FROM account WHERE name = 'harbor'").fetchall()
    return number


def test_settings_and_webhooks(call):
    assert call("updateSettings", "")["webhookUrl"] is None
    assert call("getSettings")["webhookUrl"] is None
    assert call("getWebhookStatus")["webhookEnabled"] is False
    assert call("retryWebhookRequests") is None


NOT_ANSWERED = [
    ("createOrganization", {}),
    ("updateOrganization", {"id": UNKNOWN}),
    ("getOrganization",),
    ("listNetworkEntries",),
    ("startNetworkQuery", {"patientId": UNKNOWN, "sources": ["hie"]}),
    ("getNetworkQueryStatus", {"requestId": UNKNOWN}),
    ("sendMessage", {"patientId": UNKNOWN}),
    ("listMessages",),
    ("getMessage", UNKNOWN),
    ("syncPatient", UNKNOWN),
    ("updatePatientTreatmentRelationship", UNKNOWN, "true"),
    ("getPatientConsolidated", UNKNOWN),
    ("startConsolidatedQuery", UNKNOWN),
    ("getConsolidatedQueryStatus", UNKNOWN),
    ("getSingleConsolidatedQueryStatus", UNKNOWN, UNKNOWN),
    ("createPatientConsolidated", UNKNOWN, {}),
    ("countPatientConsolidated", UNKNOWN),
    ("getPatientMedicalRecord", UNKNOWN, "pdf"),
    ("startBulkGetDocumentUrl", UNKNOWN),
    ("getDocumentUrl", "x.pdf"),
    ("getDocumentUploadUrl", UNKNOWN, {}),
    ("createDocumentReference", UNKNOWN, {}),
    ("createEmbedToken", {}),
    ("listNetworkEntriesPage", "/network-entry?fromItem=x"),
    ("listMessagesPage", "/message?fromItem=x"),
]


def test_what_is_not_answered_says_so(call):
    for method, *args in NOT_ANSWERED:
        answer = call(method, *args)
        assert isinstance(answer, Failed), method
        assert (method, answer.status) == (method, 501)
        assert answer.said["detail"] in NOT_HERE.values()


def test_the_page_lists_every_method_of_the_sdk(call):
    _, _, section = PAGE.read_text().partition("## Metriport's SDK")
    named = set(re.findall(r"^\| `(\w+)` \|", section, re.MULTILINE))
    own = set(call("methods")) - {"constructor", "lastRequestId"}
    assert named == own
    not_answered = set(re.findall(r"^\| `(\w+)` \| 501:", section, re.MULTILINE))
    assert not_answered == {method for method, *_ in NOT_ANSWERED}


def test_the_sdks_check_of_signatures_is_not_a_call(call):
    assert call("verifyWebhookSignature", "key", "body", "0" * 64) is False
