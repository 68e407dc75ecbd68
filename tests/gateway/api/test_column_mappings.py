"""Column mappings over the API: saved, listed, used by files that come, stopped."""

import pytest

from tests.gateway.api.conftest import import_all, send
from tests.gateway.api.test_access import is_problem

MAPPING = "/medical/v1/column-mapping"
BULK = "/medical/v1/patient/bulk"
NAMED = {
    "Given": "firstName", "Sur": "lastName", "Born": "dob", "M/F": "gender", "Road": "addressLine1",
    "Town": "city", "St": "state", "Post": "zip", "Shoe": None,
}  # fmt: skip
ROSTER = """Given,Sur,Born,M/F,Road,Town,St,Post,Shoe
Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101,38
"""


def body(named=NAMED, **more):
    return {"columns": [{"header": h, "field": f} for h, f in named.items()]} | more


def test_a_mapping_is_saved_used_listed_and_stopped(api, client):
    saved = client.post(MAPPING, json=body()).json()
    assert (saved["format"], saved["version"], saved["byPosition"]) == ("metriport", 1, False)
    assert saved["columns"][2] == {"header": "Born", "field": "dob"}
    assert saved["columns"][8] == {"header": "Shoe"}
    assert client.post(MAPPING, json=body()).json() == saved
    (harbor,) = client.get("/medical/v1/facility").json()["incomplete"]
    send(client, ROSTER, facilityId=harbor["id"])
    import_all(api)
    (request,) = client.get(BULK).json()["requests"]
    assert (request["status"], request["successful"]) == ("completed", 1)
    assert client.delete(f"{MAPPING}/metriport").status_code == 204
    (listed,) = client.get(MAPPING).json()["columnMappings"]
    assert listed["endedBy"]
    assert is_problem(client.delete(f"{MAPPING}/metriport"), 404)


@pytest.mark.parametrize(
    ("sent", "status", "said"),
    [
        (body({"Born": "shoe size"}), 409, "no column 'shoe size'"),
        (body({"Born": "dob"}), 409, "required columns are not mapped"),
        (body(format="other"), 404, "no such format"),
        (body(format="metriport-update"), 404, "no such format"),
        ({"columns": []}, 400, "columns"),
        ({"columns": [{"header": "x" * 1001}]}, 400, "header"),
        (body(by="me"), 400, "by"),
    ],
)
def test_what_cannot_be_a_mapping_is_refused(client, sent, status, said):
    answer = client.post(MAPPING, json=sent)
    assert is_problem(answer, status)
    assert said in answer.json()["detail"]


def test_mappings_of_another_account_do_not_exist(client, other):
    other.post(MAPPING, json=body())
    assert client.get(MAPPING).json() == {"columnMappings": []}
    assert is_problem(client.delete(f"{MAPPING}/metriport"), 404)
