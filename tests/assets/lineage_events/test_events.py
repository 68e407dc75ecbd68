"""The content of an attempt's events, and that they follow OpenLineage's declarations."""

import copy
import json
import os
from pathlib import Path
from uuid import UUID

import pytest

from registry.accounts.accounts import add_account, add_facility, change_settings
from tests.assets.lineage_events.conftest import events
from tests.assets.lineage_events.published import faults_of
from tests.files import METRIPORT_HEADER, METRIPORT_ROW, PTDIRECT_ROW, care, john, maria
from tests.importing import process, put

SPEC = "OPENLINEAGE_SPEC"


def run(clinic, content, format_name="thoroughcare", **how):
    """Put a file of a new account through its stages."""
    account = add_account(clinic.connection, f"a-{format_name}", format_name)
    if format_name == "metriport":
        add_facility(clinic.connection, account, "North")
    received = put(
        clinic.settings, clinic.connection, account, content, folder=clinic.folder, **how
    )
    return process(clinic.settings, clinic.connection, received)


class TestRun:
    def test_an_attempt_starts_and_completes(self, clinic, events_of_attempt):
        done = clinic.send(0, maria())
        start, complete = events_of_attempt(done)
        assert (start["eventType"], complete["eventType"]) == ("START", "COMPLETE")
        assert start["eventTime"] == done.attempt.started_at.isoformat()
        assert complete["eventTime"] == done.attempt.finished_at.isoformat()
        assert start["run"]["runId"] == complete["run"]["runId"]
        assert start["job"] == complete["job"]
        assert (start["job"]["namespace"], start["job"]["name"]) == ("rosterline", "imports.clinic")

    def test_the_run_id_follows_from_import_and_attempt_only(self, clinic, events_of_attempt):
        first = clinic.send(0, maria())
        ids = [event["run"]["runId"] for event in events_of_attempt(first)]
        again = clinic.backfill(first)
        assert events_of_attempt(first) == events_of_attempt(first)
        others = [event["run"]["runId"] for event in events_of_attempt(again)]
        assert len({*ids, *others}) == 2
        assert UUID(ids[0]) != first.imported.id

    def test_the_dagster_run_is_its_parent(self, clinic, events_of_attempt):
        done = clinic.send(0, maria())
        assert "parent" not in events_of_attempt(done)[0]["run"]["facets"], (
            "`test` is no run of Dagster's"
        )
        dagster = "0b9a8a5c-6f55-4b0a-9f0e-0a2f3a1b2c3d"
        clinic.connection.execute("UPDATE attempt SET run_id = %s", (dagster,))
        parent = events_of_attempt(done)[1]["run"]["facets"]["parent"]
        assert parent["run"]["runId"] == dagster
        assert parent["job"]["name"] == "import_files"

    def test_a_file_that_failed_ends_with_fail_and_the_code_of_its_fault(
        self, clinic, events_of_attempt
    ):
        done = run(clinic, "Patient First Name *,Maria Lopez\r\nx,y\r\n")
        start, fail = events_of_attempt(done)
        assert (start["eventType"], fail["eventType"]) == ("START", "FAIL")
        message = fail["run"]["facets"]["errorMessage"]["message"]
        assert message == "missing_column: a required column is missing"
        assert "schema" not in fail["inputs"][0]["facets"]


class TestInput:
    def test_the_file_is_named_by_its_bytes(self, clinic, events_of_attempt):
        done = clinic.send(0, maria())
        (file,) = events_of_attempt(done)[1]["inputs"]
        assert (file["namespace"], file["name"]) == (
            "rosterline",
            f"archive/{done.imported.sha256}",
        )

    def test_columns_have_the_formats_names_and_not_the_files(self, clinic, events_of_attempt):
        content = care(maria(city="Rome")).replace("EHR ID", "MRN").replace("City", "Patient City")
        done = run(clinic, content.replace("Patient Gender *", "sex"))
        (file,) = events_of_attempt(done)[1]["inputs"]
        names = [each["name"] for each in file["facets"]["schema"]["fields"]]
        assert set(names) == {
            "Patient First Name", "Patient Last Name", "Patient Birthday", "Patient Gender",
            "EHR ID", "City",
        }  # fmt: skip

    def test_rows_and_bytes_are_given(self, clinic, events_of_attempt):
        done = clinic.send(0, maria(), john())
        metrics = events_of_attempt(done)[1]["inputs"][0]["inputFacets"]["dataQualityMetrics"]
        assert (metrics["rowCount"], metrics["bytes"]) == (2, done.imported.byte_count)

    def test_each_rule_is_an_assertion_about_its_column(self, clinic, events_of_attempt):
        content = care(maria(born="soon"), john(born="soon", phone="x")).replace("EHR ID", "mrn")
        assertions = {
            (each["assertion"], each.get("column")): each
            for each in events_of_attempt(run(clinic, content))[1]["inputs"][0]["inputFacets"][
                "dataQualityAssertions"
            ]["assertions"]
        }
        broken = assertions["not_a_date", "Patient Birthday"]
        assert (broken["success"], broken["actual"], broken["severity"]) == (False, "2", "error")
        phone = assertions["invalid_phone", "Home Phone"]
        assert (phone["success"], phone["severity"]) == (False, "warn")
        kept = assertions["invalid_gender", "Patient Gender"]
        assert (kept["success"], kept["actual"]) == (True, "0")
        assert ("invalid_email", "Email") not in assertions, "the file has no such column"

    def test_a_note_is_not_an_assertion(self, clinic, events_of_attempt):
        clinic.send(0, maria())
        done = clinic.send(1, maria())
        assert "no_new_information" in done.codes()
        assertions = events_of_attempt(done)[1]["inputs"][0]["inputFacets"]["dataQualityAssertions"]
        assert {each["success"] for each in assertions["assertions"]} == {True}


class TestOutputs:
    def outputs(self, events_of_attempt, done):
        return {each["name"]: each for each in events_of_attempt(done)[1]["outputs"]}

    def test_tables_of_the_registry_and_the_result_are_named(self, clinic, events_of_attempt):
        done = clinic.send(0, maria(city="Rome"))
        info = clinic.connection.info
        prefix = f"{info.dbname}.public."
        found = self.outputs(events_of_attempt, done)
        assert set(found) == {
            f"{prefix}patient",
            f"{prefix}patient_address",
            f"{prefix}patient_identifier",
            f"results/{done.imported.partition_key}/attempt-1",
        }
        assert found[f"{prefix}patient"]["namespace"].startswith("postgres://")
        assert found[f"{prefix}patient"]["namespace"].endswith(f":{info.port}")

    def test_each_column_says_which_columns_of_the_file_fill_it(self, clinic, events_of_attempt):
        done = clinic.send(0, maria(city="Rome"))
        address = next(
            o for n, o in self.outputs(events_of_attempt, done).items() if n.endswith("_address")
        )
        assert [each["name"] for each in address["facets"]["schema"]["fields"]] == ["city"]
        (source,) = address["facets"]["columnLineage"]["fields"]["city"]["inputFields"]
        assert source["name"] == f"archive/{done.imported.sha256}"
        assert source["field"] == "City"

    def test_the_result_has_its_rows_and_bytes(self, clinic, events_of_attempt):
        done = clinic.send(0, maria(), john())
        key = f"results/{done.imported.partition_key}/attempt-1"
        statistics = self.outputs(events_of_attempt, done)[key]["outputFacets"]["outputStatistics"]
        assert (statistics["rowCount"], statistics["size"]) == (2, len(done.result.encode()))

    def test_a_dry_run_fills_no_table(self, clinic, events_of_attempt):
        done = run(clinic, care(maria()), dry_run=True)
        assert [name.partition("/")[0] for name in self.outputs(events_of_attempt, done)] == [
            "results"
        ]


FILES = {
    "thoroughcare": care(maria(city="Rome", flags="A; B", codes="E11.9"), john(born="soon")),
    "metriport": f"{METRIPORT_HEADER}\n{METRIPORT_ROW}\n",
    "ptdirect": f"{PTDIRECT_ROW}\n,x,y,1066,q\n",
}


@pytest.fixture(params=[*FILES, "failed"])
def all_events(request, clinic):
    """The events of a file of each format, and of one that failed, with a parent."""
    content = FILES.get(request.param, b"PK\x03\x04")
    done = run(clinic, content, request.param if request.param in FILES else "ptdirect")
    clinic.connection.execute("UPDATE attempt SET run_id = gen_random_uuid()::text")
    return events(clinic, done)


def test_every_event_follows_the_clients_declarations(all_events):
    assert [fault for event in all_events for fault in faults_of(event)] == []


SPOILT = {
    "event.eventTime": lambda event: event.pop("eventTime"),
    "run.runId": lambda event: event["run"].pop("runId"),
    "event.eventTime is": lambda event: event.update(eventTime="2026-11-22"),
    "run.runId is": lambda event: event["run"].update(runId="7"),
    "event.producer": lambda event: event.update(producer="us"),
    "facets.schema": lambda event: event["inputs"][0]["facets"]["schema"].pop("_schemaURL"),
    "inputs[0].name": lambda event: event["inputs"][0].pop("name"),
    "event.eventType": lambda event: event.update(eventType="DONE"),
    "inputs[0].color": lambda event: event["inputs"][0].update(color="red"),
    "schema.fields": lambda event: event["inputs"][0]["facets"]["schema"].update(fields=7),
    "facets.own": lambda event: event["inputs"][0]["facets"].update(own={}),
}


def test_the_check_finds_deviations_from_the_declarations(clinic, events_of_attempt):
    _, event = events_of_attempt(clinic.send(0, maria()))
    for place, spoil in SPOILT.items():
        spoilt = copy.deepcopy(event)
        spoil(spoilt)
        found = faults_of(spoilt)
        assert found, place
        assert [fault for fault in found if place not in fault] == []


@pytest.mark.skipif(SPEC not in os.environ, reason=f"{SPEC} names no copy of OpenLineage's spec")
def test_every_event_follows_the_published_json_schema(all_events):
    import jsonschema
    import referencing

    def published(address):
        name = address.partition("#")[0].rpartition("/")[2]
        (path,) = [p for p in Path(os.environ[SPEC]).rglob(name) if "registry" not in p.parts]
        return referencing.Resource.from_contents(json.loads(path.read_text()))

    registry = referencing.Registry(retrieve=published)
    facets = []
    for event in all_events:
        jsonschema.Draft202012Validator({"$ref": event["schemaURL"]}, registry=registry).validate(
            event
        )
        datasets = [*event.get("inputs", []), *event.get("outputs", [])]
        for holder in (event["run"], event["job"], *datasets):
            for kind in ("facets", "inputFacets", "outputFacets"):
                facets += holder.get(kind, {}).values()
    for each in facets:
        jsonschema.Draft202012Validator({"$ref": each["_schemaURL"]}, registry=registry).validate(
            each
        )
    assert facets


def test_rules_that_an_account_switched_off_are_not_asserted(clinic, events_of_attempt):
    assert clinic.account.settings == {}
    before = events_of_attempt(clinic.send(0, maria(risk="High")))[1]["inputs"][0]["inputFacets"]
    change_settings(clinic.connection, clinic.account, {"risk_levels": ["High"]})
    after = events_of_attempt(clinic.send(1, maria(risk="High")))[1]["inputs"][0]["inputFacets"]

    def codes(facets):
        return {each["assertion"] for each in facets["dataQualityAssertions"]["assertions"]}

    assert codes(after) - codes(before) == {"unknown_risk_level"}
