"""Marked values of patients go to the endpoint and come back, and nothing keeps them."""

import json
import logging
from datetime import date

import dagster as dg
import pytest

from assets.partitions import CLAIM_TAG
from pipelines.definitions import defs
from pipelines.jobs import query_documents
from tests.assets.document_queries.conftest import Person
from tests.fhir import Reply, document, searchset
from tests.invariants.test_no_patient_value_leaks import canaries, kept_by_dagster

QZXK = Person(
    "Qzxkfirst", last="Qzxklast", born=date(1933, 3, 7), identifiers={"external": "qzxk-1"}
)
IN_ADDRESS = "patient.family=Qzxklast&patient.birthdate=1933-03-07"


def echoing(endpoint):
    """Repeats the search in every place of its answer."""
    outcome = {"resourceType": "OperationOutcome", "issue": [{"diagnostics": "Qzxklast"}]}
    replies = [
        searchset(1, links={"next": f"{endpoint.url}/page?{IN_ADDRESS}"}),
        searchset(entry=[{"resource": document(description="Qzxklast", date="qzxk")}]),
        Reply(b'{"resourceType": "Bundle", "type": "qzxk", "Qzxklast": 1}'),
        Reply(json.dumps(outcome).encode(), status=400),
        searchset(links={"self": f"https://qzxk.example/x?{IN_ADDRESS}"}),
        Reply(b"Qzxklast", status=500, headers={"retry-after": "qzxk", "x-name": "Qzxklast"}),
        searchset(),
    ]
    return replies[min(len(endpoint.asked), len(replies)) - 1]


@pytest.mark.slow
def test_no_value_of_a_patient_leaks(harbor, endpoint, tmp_path, caplog, capfd, monkeypatch):
    caplog.set_level(logging.DEBUG)
    endpoint.reply = lambda _: echoing(endpoint)
    settings = harbor.settings.model_copy(update={"fhir_identifier_systems": ("external=urn:a",)})
    for name, value in settings.as_environment().items():
        monkeypatch.setenv(name, value)
    others = [Person(f"Qzxk{number}", last="Qzxklast") for number in range(8)]
    imported = harbor.has(QZXK, *others)
    folder = tmp_path / "dagster"
    folder.mkdir()
    with dg.DagsterInstance.local_temp(str(folder)) as instance:
        instance.add_dynamic_partitions("imports", [imported.partition_key])
        done = defs.resolve_job_def(query_documents.name).execute_in_process(
            instance=instance, partition_key=imported.partition_key, tags={CLAIM_TAG: "true"}
        )
        kept = kept_by_dagster(instance, folder)
    assert done.success
    sent = "".join(asked.body for asked in endpoint.asked)
    assert ("Qzxklast" in sent, "qzxk-1" in sent) == (True, True), "the canary never flew"
    out, err = capfd.readouterr()
    read = {"dagster": kept, "stdout": out, "stderr": err, "logs": caplog.text}
    assert [place for place, text in read.items() if canaries(text)] == []
    (reasons,) = harbor.connection.execute(
        "SELECT string_agg(reason, ' ') FROM document_query"
    ).fetchone()
    assert not canaries(reasons)
