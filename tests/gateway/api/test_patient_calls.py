"""Patients created, updated and deleted by calls: by the rules of rows, with history and undo."""

from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry.accounts.accounts import add_account
from registry.decisions.undo import undo
from registry.ledger.imports import latest_attempt, list_imports, list_rows
from registry.patients.history import read_record
from tests.gateway.api.conftest import ROSTER, calling, import_all, send, working_off
from tests.gateway.api.test_access import UNKNOWN, is_problem

PATIENT = "/medical/v1/patient"
COHORT = "/medical/v1/cohort"
FACILITY = "/medical/v1/facility"
ADDRESS = {"addressLine1": "1 Main St", "city": "Boston", "state": "MA", "zip": "02101"}
ADA = {
    "firstName": "Ada",
    "lastName": "Sample",
    "dob": "1980-02-01",
    "genderAtBirth": "F",
    "address": ADDRESS,
    "contact": {"phone": "617-555-0100"},
}
pytestmark = pytest.mark.usefixtures("calls")


def create(client, **changes):
    answer = client.post(PATIENT, json=ADA | changes)
    for _ in range(4):  # a busy machine says to repeat the call
        if answer.status_code != 503:
            break
        answer = client.post(PATIENT, json=ADA | changes)
    return answer


def update(client, patient_id, headers=None, **changes):
    answer = client.put(f"{PATIENT}/{patient_id}", json=ADA | changes, headers=headers)
    while answer.status_code == 503:
        answer = client.put(f"{PATIENT}/{patient_id}", json=ADA | changes, headers=headers)
    return answer


def record_of(connection, account, patient):
    return read_record(connection, account.id, UUID(patient["id"]))


def test_a_created_patient_is_a_row_of_an_import_with_lineage(client, connection, account):
    answer = create(client)
    patient = answer.json()
    assert patient["contact"] == [{"phone": "6175550100"}]
    imported, *repeated = sorted(list_imports(connection), key=lambda each: each.ordered_at)
    assert answer.status_code == (200 if repeated else 201)
    assert (imported.source, imported.state, imported.format) == ("api", "completed", "metriport")
    (row,) = list_rows(connection, latest_attempt(connection, imported.id))
    assert (row["outcome"], str(row["patient_id"])) == ("created", patient["id"])
    origins = {fact.origin.import_id for fact in record_of(connection, account, patient).facts}
    assert imported.id in origins


def test_the_patient_of_a_call_is_the_one_that_a_file_knows(api, client):
    send(client, ROSTER)
    import_all(api)
    answer = create(client, externalId="X-9")
    assert answer.status_code == 200
    names = [each["firstName"] for each in client.get(PATIENT).json()["patients"]]
    assert names == ["Ada", "Ben"]
    known = client.get(f"{PATIENT}/external-id", params={"externalId": "X-9"}).json()
    assert known["id"] == answer.json()["id"]
    assert known["address"][0]["zip"] == "02101"


def test_a_call_is_undone_like_a_file(client, connection):
    patient = create(client).json()
    created = list_imports(connection)
    changed = update(client, patient["id"], lastName="Other", contact=[]).json()
    assert (changed["lastName"], changed["contact"]) == ("Other", [])
    second = max(list_imports(connection), key=lambda each: each.ordered_at)
    undo(connection, second, "operator", datetime.now(UTC))
    connection.commit()
    before = client.get(f"{PATIENT}/{patient['id']}").json()
    assert (before["lastName"], before["contact"]) == ("Sample", [{"phone": "6175550100"}])
    for imported in created:
        undo(connection, imported, "operator", datetime.now(UTC))
    connection.commit()
    assert is_problem(client.get(f"{PATIENT}/{patient['id']}"), 404)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"dob": "1980-02-30"}, "Missing/invalid dob"),
        ({"firstName": ""}, "Missing firstName"),
        ({"address": ADDRESS | {"zip": "00000"}}, "Invalid zip-1: a placeholder, not a zip code"),
        ({"contact": {"phone": "12"}}, "Invalid phone-1"),
        ({"cohorts": [UNKNOWN]}, f"Invalid cohort ID {UNKNOWN}"),
        (
            {"personalIdentifiers": [{"type": "driversLicense", "value": "D1"}]},
            "Invalid drivers license (missing state)",
        ),
    ],
)
def test_the_rules_of_rows_refuse_in_their_words(client, changes, said):
    answer = create(client, **changes)
    assert is_problem(answer, 400)
    assert said in answer.json()["detail"]
    assert client.get(PATIENT).json()["patients"] == []


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"nickname": "A"}, 400, "nickname"),
        ({"address": ADDRESS | {"street": "x"}}, 400, "street"),
        ({"status": {"x": 1}}, 501, "status"),
        ({"hie": {}}, 501, "hie"),
        ({"networkQuery": {}}, 501, "networkQuery"),
        ({"additionalIds": {"healthix": ["1"]}}, 501, "additionalIds"),
        ({"address": ADDRESS | {"coordinates": {"lat": 1, "lon": 2}}}, 501, "coordinates"),
        ({"personalIdentifiers": [{"type": "ssn", "value": "900000001"}] * 2}, 400, "ssn"),
        ({"contact": [{"phone": "6175550100"}] * 11}, 400, "contact"),
    ],
)
def test_what_is_not_kept_is_refused_and_not_left_out(client, connection, changes, status, said):
    answer = client.post(PATIENT, json=ADA | changes)
    assert is_problem(answer, status)
    assert said in answer.json()["detail"]
    assert list_imports(connection) == []


def test_the_same_idempotency_key_makes_no_second_row(client, connection):
    headers = {"Idempotency-Key": "call-1"}
    first = client.post(PATIENT, json=ADA, headers=headers)
    second = client.post(PATIENT, json=ADA, headers=headers)
    assert {each.status_code for each in (first, second)} <= {201, 503}
    assert len(list_imports(connection)) == 1
    other = client.post(PATIENT, json=ADA | {"lastName": "Other"}, headers=headers)
    assert is_problem(other, 409)


def test_several_facilities_must_be_named_and_must_be_there(client, other):
    pier = client.post(FACILITY, json={"name": "Pier"}).json()["id"]
    foreign = other.post(FACILITY, json={"name": "Foreign"}).json()["id"]
    assert is_problem(client.post(PATIENT, json=ADA), 400)
    for unknown in (UNKNOWN, foreign):
        answer = client.post(PATIENT, json=ADA, params={"facilityId": unknown})
        assert is_problem(answer, 404)
    answer = client.post(PATIENT, json=ADA, params={"facilityId": pier})
    assert answer.json().get("facilityIds", [pier]) == [pier]


def test_an_account_of_another_format_is_refused(api, connection):
    clinic = add_account(connection, "clinic", "thoroughcare")
    with calling(api, connection, clinic) as own:
        assert is_problem(own.post(PATIENT, json=ADA), 409)


def test_an_update_replaces_what_it_states_and_keeps_the_rest(client):
    patient = create(
        client, externalId="X-1", personalIdentifiers=[{"type": "ssn", "value": "900000001"}]
    ).json()
    moved = update(
        client, patient["id"], firstName="Adele", dob="1981-03-04",
        address=[ADDRESS | {"addressLine1": "9 Pier", "zip": "01970"}], contact=None,
    ).json()  # fmt: skip
    assert (moved["id"], moved["firstName"], moved["dob"]) == (patient["id"], "Adele", "1981-03-04")
    assert [each["zip"] for each in moved["address"]] == ["01970"]
    kept = ("externalId", "contact", "personalIdentifiers", "facilityIds")
    assert {name: moved[name] for name in kept} == {name: patient[name] for name in kept}
    cleared = update(client, patient["id"], contact=[], personalIdentifiers=[]).json()
    assert (cleared["contact"], cleared["personalIdentifiers"]) == ([], [])


def test_an_update_of_what_changed_since_is_refused(client):
    patient = create(client).json()
    stale = {"If-Match": patient["eTag"]}
    assert update(client, patient["id"], lastName="Other").status_code == 200
    assert is_problem(client.put(f"{PATIENT}/{patient['id']}", json=ADA, headers=stale), 412)
    assert is_problem(client.delete(f"{PATIENT}/{patient['id']}", headers=stale), 412)


def test_a_deleted_patient_is_in_no_answer_and_nothing_is_erased(api, client, connection, account):
    patient = create(client, externalId="X-1").json()
    cohort = client.post(COHORT, json={"name": "Diabetes"}).json()["id"]
    everybody = {"allPatients": True}
    assert client.post(f"{COHORT}/{cohort}/patient", json=everybody).json()["cohort"]["size"] == 1
    assert client.delete(f"{PATIENT}/{patient['id']}").status_code == 204
    for path in (
        f"{PATIENT}/{patient['id']}",
        f"{PATIENT}/{patient['id']}/facility",
        f"{PATIENT}/{patient['id']}/hie-opt-out",
        f"{PATIENT}/external-id?externalId=X-1",
        f"/medical/v1/document?patientId={patient['id']}",
    ):
        assert is_problem(client.get(path), 404)
    assert is_problem(client.delete(f"{PATIENT}/{patient['id']}"), 404)
    assert client.get(PATIENT, params={"filters": "ada"}).json()["patients"] == []
    assert client.get(f"{COHORT}/{cohort}/patient").json()["patients"] == []
    assert client.get(f"{COHORT}/{cohort}").json()["size"] == 0
    record = record_of(connection, account, patient)
    (withdrawn,) = [fact for fact in record.facts if fact.field == "withdrawn"]
    assert (withdrawn.value, withdrawn.origin.import_id) == ("true", None)
    # A file updates them, and does not bring them back; a call does.
    send(client, ROSTER.replace("1 Main St", "9 Pier"))
    import_all(api)
    assert [each["firstName"] for each in client.get(PATIENT).json()["patients"]] == ["Ben"]
    again = create(client).json()
    assert again["id"] == patient["id"]
    assert {each["addressLine1"] for each in again["address"]} == {"1 Main St", "9 Pier"}


def test_patients_of_other_accounts_do_not_exist(client, other):
    patient = create(client).json()
    theirs = other.post(COHORT, json={"name": "Theirs"}).json()["id"]
    path = f"{PATIENT}/{patient['id']}"
    for method, where, body in (
        ("PUT", path, ADA),
        ("DELETE", path, None),
        ("GET", f"{path}/facility", None),
        ("POST", f"{path}/facility", {"facilityIds": [UNKNOWN]}),
        ("GET", f"{path}/cohort", None),
        ("POST", f"{path}/cohort", {"cohortIds": [theirs]}),
        ("POST", f"{COHORT}/{theirs}/patient", {"patientIds": [patient["id"]]}),
        ("GET", f"/medical/v1/document/query?patientId={patient['id']}", None),
    ):
        assert is_problem(other.request(method, where, json=body), 404), where
    assert is_problem(client.post(f"{path}/cohort", json={"cohortIds": [theirs]}), 404)
    assert is_problem(client.get(f"{COHORT}/{theirs}"), 404)
    assert client.get(path).json()["eTag"] == patient["eTag"]


def test_memberships_are_in_the_history_of_the_patient(client, connection, account):
    patient = create(client).json()
    path = f"{PATIENT}/{patient['id']}"
    cohort = client.post(COHORT, json={"name": "Diabetes"}).json()["id"]
    pier = client.post(FACILITY, json={"name": "Pier"}).json()["id"]
    client.post(f"{path}/cohort", json={"cohortIds": [cohort, cohort]})
    client.post(f"{path}/facility", json={"facilityIds": [pier]})
    client.delete(f"{COHORT}/{cohort}")
    changes = [change.values for change in record_of(connection, account, patient).changes][:3]
    address = f"cohort/{cohort}/cohort_id"
    assert changes[2] == {address: (None, cohort)}
    assert changes[0] == {address: (cohort, None)}
    assert changes[1][f"facility/{pier}/facility_id"] == (None, pier)
    read = client.get(path).json()
    assert (read["cohorts"], read["facilityIds"]) == ([], [pier])


def test_no_webhook_speaks_of_a_call(client, receiver):
    client.post("/settings", json={"webhookUrl": receiver.url})
    create(client)
    assert client.get("/settings/webhook").json()["tries"] == []


def test_two_services_work_off_each_call_once(api, client):
    with working_off(api):
        ids = {create(client, lastName=f"Sample{n}").json()["id"] for n in range(3)}
    assert len(ids) == 3
    assert len(client.get(PATIENT).json()["patients"]) == 3
