"""`rosterline undo`, as an operator types it."""

import json
from uuid import uuid4

import pytest

from tests.files import john, maria
from tests.nights import Clinic


@pytest.fixture
def nights(home, connection, tmp_path):
    clinic = Clinic(home, connection, tmp_path)
    sent = [clinic.send(0, maria(city="Rome")), clinic.send(1, maria(city="Oslo"), john())]
    connection.commit()
    return clinic, sent


def said(result):
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def cities(clinic):
    found = sorted(each.get("address/home/city", "-") for each in clinic.facts().values())
    clinic.connection.commit()
    return found


def test_a_dry_run_says_what_it_would_do(rosterline, nights):
    clinic, (_, second) = nights
    key = second.imported.partition_key
    found = said(rosterline("undo", key, "--dry-run", "--json"))
    assert {name: found[name] for name in ("undone", "removed", "changed", "kept")} == {
        "undone": False, "removed": 1, "changed": 1, "kept": 0,
    }  # fmt: skip
    shown = rosterline("undo", key[-10:], "--dry-run").stdout
    assert "roster.csv  would be undone" in shown
    assert cities(clinic) == ["-", "Oslo"]


def test_it_undoes_and_status_and_lineage_say_so(rosterline, nights):
    clinic, (first, second) = nights
    key = second.imported.partition_key
    assert "is undone" in rosterline("undo", key, "--yes").stdout
    assert cities(clinic) == ["Rome"]
    assert "was undone" in rosterline("undo", key, "--yes").stdout
    undone = said(rosterline("status", key, "--json"))["undone"]
    assert (undone["removed"], undone["changed"], undone["attempt"]) == (1, 1, 1)
    assert "(command)" in undone["user_name"]
    assert f"undone by {undone['user_name']}" in rosterline("status", key).stdout
    newest, oldest = said(rosterline("status", "--json"))
    assert (bool(newest["undone"]), oldest["undone"]) == (True, None)
    assert "undone" in rosterline("status").stdout

    patient = first.patient(2)
    (city,) = said(rosterline("lineage", patient, "address", "--json"))["values"]
    steps = [(step["by"], step["value"], step["undone"]) for step in city["history"]]
    assert steps == [("undo", "Rome", False), ("file", "Oslo", True), ("file", "Rome", False)]
    assert city["history"][0]["undid"] == key
    shown = rosterline("lineage", patient, "address").stdout
    assert f"undone by {undone['user_name']}" in shown
    assert "roster.csv, undone" in shown


def test_without_a_terminal_it_needs_yes(rosterline, nights):
    clinic, (_, second) = nights
    asked = rosterline("undo", second.imported.partition_key)
    assert asked.exit_code == 1
    assert "there is nobody to ask; add --yes" in asked.stderr
    assert cities(clinic) == ["-", "Oslo"]


def test_what_cannot_be_undone_is_explained(rosterline, nights):
    clinic, _ = nights
    waiting = clinic.receive(2, maria())
    clinic.connection.commit()
    refused = rosterline("undo", waiting.partition_key, "--yes", "--json")
    assert refused.exit_code == 1
    assert json.loads(refused.stderr)["error"] == "not_allowed"
    unknown = rosterline("undo", uuid4(), "--yes", "--json")
    assert json.loads(unknown.stderr)["error"] == "not_found"
