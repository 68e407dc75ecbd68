"""Query parameters that a call does not know are refused, and filters choose patients."""

import httpx
import pytest

from tests.gateway.api.conftest import import_all, send
from tests.gateway.api.test_access import CALLS, is_problem

PATIENT = "/medical/v1/patient"


@pytest.mark.parametrize(("method", "path"), CALLS)
def test_a_parameter_that_a_call_does_not_know_is_refused_by_name(client, method, path):
    mark = "&" if "?" in path else "?"
    answer = client.request(method, f"{path}{mark}filtr=ada", json={})
    assert is_problem(answer, 400)
    assert "filtr" in answer.json()["detail"]


def test_without_a_key_nothing_is_said_of_parameters(api):
    assert is_problem(httpx.get(f"{api.api_url}{PATIENT}?filtr=ada"), 401)


@pytest.mark.parametrize("name", ["filter", "Filters", "filters[]", "q", "facility_id", "page"])
def test_no_misspelt_filter_lists_all_patients(api, client, name):
    send(client)
    import_all(api)
    answer = client.get(PATIENT, params={name: "ada"})
    assert is_problem(answer, 400)
    assert "filters" in answer.json()["detail"]


def test_filters_choose_and_are_kept_from_page_to_page(api, client, other):
    send(client)
    import_all(api)
    found = client.get(PATIENT, params={"filters": "sample -ben"}).json()
    assert [each["firstName"] for each in found["patients"]] == ["Ada"]
    first = client.get(PATIENT, params={"filters": "sample 1980 or 1970", "count": 1}).json()
    second = client.get(first["meta"]["nextPage"]).json()
    names = [each["firstName"] for each in (*first["patients"], *second["patients"])]
    assert names == ["Ada", "Ben"]
    assert "nextPage" not in second["meta"]
    assert len(client.get(PATIENT, params={"filters": " "}).json()["patients"]) == 2
    assert is_problem(client.get(PATIENT, params={"filters": "or"}), 400)
    assert other.get(PATIENT, params={"filters": "ada"}).json()["patients"] == []
    both = {"fromItem": found["patients"][0]["id"], "toItem": found["patients"][0]["id"]}
    assert is_problem(client.get(PATIENT, params=both), 400)
