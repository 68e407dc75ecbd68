"""`rosterline lineage`: where a value came from, by the command."""

import json
from uuid import uuid4

import pytest

from tests.files import maria
from tests.nights import Clinic


@pytest.fixture
def clinic(home, connection, tmp_path):
    return Clinic(home, connection, tmp_path)


@pytest.fixture
def nights(clinic):
    """Three nights. The first is run again, and must not change values of the later ones."""
    sent = [
        clinic.send(0, maria(city="Rome")),
        clinic.send(1, maria(city="Oslo", score="4")),
        clinic.send(2, maria(city="#N/A")),
    ]
    clinic.backfill(sent[0])
    clinic.connection.commit()
    return [each.imported for each in sent], sent[0].patient(2)


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def test_each_value_shows_where_it_came_from(rosterline, nights):
    (_, second, _), patient = nights
    found = said(rosterline("lineage", patient, "risk_score", "--json"))
    assert (found["patient"], found["account"]) == (str(patient), "clinic")
    (value,) = found["values"]
    assert (value["address"], value["value"], value["refused"]) == ("risk_score", "4", [])
    assert value["history"] == [
        {
            "value": "4",
            "before": None,
            "by": "file",
            "user": None,
            "undone": False,
            "undid": None,
            "file_name": "roster.csv",
            "source": "cli",
            "line": 2,
            "import": str(second.id),
            "partition_key": second.partition_key,
            "attempt": 1,
            "run": "test",
            "received_at": second.received_at.isoformat(),
        }
    ]
    every = said(rosterline("lineage", patient, "--json"))["values"]
    addresses = [each["address"] for each in every]
    assert addresses[:3] == ["first_name", "last_name", "birth_date"]
    assert addresses.index("risk_score") < addresses.index("identifier/ehr/value")
    assert "There never was a value at flag" in rosterline("lineage", patient, "flag").stdout
    assert said(rosterline("lineage", patient, "flag", "--json"))["values"] == []


def test_earlier_values_follow_the_newest_first_and_refused_ones_say_why(rosterline, nights):
    imports, patient = nights
    (city,) = said(rosterline("lineage", patient, "address/home/city", "--json"))["values"]
    assert city["value"] is None
    assert [(step["value"], step["before"]) for step in city["history"]] == [
        (None, "Oslo"),
        ("Oslo", "Rome"),
        ("Rome", None),
    ]
    (refused,) = city["refused"]
    assert refused["kept_value_of"] == f"import {imports[2].partition_key}"
    assert (refused["import"], refused["attempt"]) == (str(imports[0].id), 2)

    shown = rosterline("lineage", patient, "address").stdout
    assert f"{patient}  clinic" in shown
    keys = [imported.partition_key[-10:] for imported in imports]
    of_first = [line for line in shown.splitlines() if f"2 {keys[0]}" in line]
    assert "Rome" in of_first[0]
    assert f"refused, kept that of {keys[2]}" in of_first[1]
    assert "first_name" not in shown
    assert shown.index("cleared") < shown.index("Oslo") < shown.index("Rome")


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ((uuid4(),), "there is no patient"),
        (("nobody",), "PATIENT"),
    ],
    ids=["unknown", "no id at all"],
)
def test_an_unknown_patient_is_an_error(rosterline, arguments, expected):
    failed = rosterline("lineage", *arguments)
    assert failed.exit_code == 1
    assert expected in failed.stderr


def test_a_field_that_does_not_exist_is_an_error_that_lists_those_there_are(rosterline, nights):
    failed = rosterline("lineage", nights[1], "shoe_size", "--json")
    assert failed.exit_code == 1
    assert json.loads(failed.stderr)["error"] == "not_found"
    assert "first_name, last_name" in failed.stderr
