"""Facilities and cohorts over the API: all values kept, changed, removed, and told apart."""

import pytest

from tests.gateway.api.conftest import import_all, send
from tests.gateway.api.test_access import UNKNOWN, is_problem

FACILITY = "/medical/v1/facility"
COHORT = "/medical/v1/cohort"
PATIENT = "/medical/v1/patient"
ADDRESS = {"addressLine1": "1 Main St", "city": "Boston", "state": "ma", "zip": "02101-1234"}
CLINIC = {"name": "Pier", "npi": "1234567893", "tin": "12-3456789", "address": ADDRESS}


def test_a_facility_is_kept_whole_and_replaced_whole(client):
    made = client.post(FACILITY, json=CLINIC).json()
    assert made["address"] == ADDRESS | {"state": "MA", "zip": "02101", "country": "USA"}
    assert (made["npi"], made["tin"], made["active"]) == ("1234567893", "12-3456789", True)
    path = f"{FACILITY}/{made['id']}"
    assert client.get(path).json() == made
    changed = client.put(path, json={"name": "Pier", "active": False}).json()
    assert set(changed) == {"id", "eTag", "name", "active"}
    assert is_problem(client.put(path, json=CLINIC, headers={"If-Match": made["eTag"]}), 412)
    assert client.put(path, json=CLINIC).json() == made


@pytest.mark.parametrize(
    ("changes", "status", "said"),
    [
        ({"npi": "1234567890"}, 400, "check digit"),
        ({"npi": "3234567893"}, 400, "npi"),
        ({"npi": "123"}, 400, "npi"),
        ({"address": ADDRESS | {"state": "ZZ"}}, 400, "state"),
        ({"address": ADDRESS | {"zip": "00000"}}, 400, "zip"),
        ({"address": {"city": "Boston"}}, 400, "addressLine1"),
        ({"address": ADDRESS | {"coordinates": {"lat": 1, "lon": 2}}}, 501, "coordinates"),
        ({"fax": "1"}, 400, "fax"),
        ({"name": "Harbor Clinic"}, 409, "Harbor Clinic"),
    ],
)
def test_values_of_a_facility_that_cannot_be_kept_are_refused(client, changes, status, said):
    answer = client.post(FACILITY, json=CLINIC | changes)
    assert is_problem(answer, status)
    assert said in answer.json()["detail"]


def test_a_facility_with_patients_stays_and_a_removed_one_takes_no_rows(api, client):
    (harbor,) = client.get(FACILITY).json()["incomplete"]
    pier = client.post(FACILITY, json=CLINIC).json()
    send(client, facilityId=harbor["id"])
    import_all(api)
    assert is_problem(client.delete(f"{FACILITY}/{harbor['id']}"), 409)
    assert client.delete(f"{FACILITY}/{pier['id']}").status_code == 204
    assert client.get(FACILITY).json() == {"facilities": [], "incomplete": [harbor]}
    answer = client.post(f"{PATIENT}/bulk", params={"facilityId": pier["id"]})
    assert is_problem(answer, 404)
    assert client.post(FACILITY, json=CLINIC).status_code == 200  # the name is free again


def test_facilities_and_cohorts_of_other_accounts_do_not_exist(client, other):
    made = other.post(FACILITY, json=CLINIC).json()
    cohort = other.post(COHORT, json={"name": "Diabetes"}).json()
    for path in (f"{FACILITY}/{made['id']}", f"{FACILITY}/{UNKNOWN}"):
        for answer in (client.get(path), client.put(path, json=CLINIC), client.delete(path)):
            assert is_problem(answer, 404)
    for path in (f"{COHORT}/{cohort['id']}", f"{COHORT}/{UNKNOWN}"):
        for answer in (client.get(path), client.patch(path, json={}), client.delete(path)):
            assert is_problem(answer, 404)
        members = {"allPatients": True}
        for method in ("POST", "DELETE"):
            assert is_problem(client.request(method, f"{path}/patient", json=members), 404)
        assert is_problem(client.get(f"{path}/patient"), 404)
    assert other.get(f"{FACILITY}/{made['id']}").json() == made
    assert other.get(f"{COHORT}/{cohort['id']}").json() == cohort


def test_a_cohort_is_changed_in_part_and_its_members_by_name_or_all(api, client):
    send(client)
    import_all(api)
    ada, ben = (each["id"] for each in client.get(PATIENT).json()["patients"])
    made = client.post(COHORT, json={"name": "Diabetes", "color": "red"}).json()
    assert made["settings"]["monitoring"]["hie"]["enabled"] is False
    path = f"{COHORT}/{made['id']}"
    changed = client.patch(path, json={"description": "Type 2"}).json()
    assert (changed["name"], changed["color"], changed["description"]) == (
        "Diabetes", "red", "Type 2",
    )  # fmt: skip
    added = client.post(f"{path}/patient", json={"patientIds": [ada, ada]}).json()
    assert (added["message"], added["cohort"]["size"]) == ("1 patient was added", 1)
    added = client.post(f"{path}/patient", json={"allPatients": True}).json()
    assert (added["message"], added["cohort"]["size"]) == ("1 patient was added", 2)
    page = client.get(f"{path}/patient", params={"count": 1}).json()
    assert (page["meta"]["itemsInTotal"], page["patients"][0]["id"]) == (2, ada)
    assert client.get(page["meta"]["nextPage"]).json()["patients"][0]["id"] == ben
    removed = client.request("DELETE", f"{path}/patient", json={"patientIds": [ada]}).json()
    assert (removed["message"], removed["cohort"]["size"]) == ("1 patient was removed", 1)
    assert client.delete(path).status_code == 204
    assert client.get(f"{PATIENT}/{ben}/cohort").json() == {"cohorts": []}
    assert client.post(COHORT, json={"name": "Diabetes"}).status_code == 200


@pytest.mark.parametrize("members", [{}, {"allPatients": False}, {"all": True},
                                     {"allPatients": True, "patientIds": [UNKNOWN]},
                                     {"patientIds": []}])  # fmt: skip
def test_members_are_either_named_or_all(client, members):
    cohort = client.post(COHORT, json={"name": "Diabetes"}).json()["id"]
    assert is_problem(client.post(f"{COHORT}/{cohort}/patient", json=members), 400)


def test_monitoring_is_refused_in_words(client):
    wanted = {"name": "X", "settings": {"monitoring": {"hie": {"enabled": True}}}}
    answer = client.post(COHORT, json=wanted)
    assert is_problem(answer, 501)
    assert "monitored" in answer.json()["detail"]
    assert client.get(COHORT).json() == {"cohorts": []}
