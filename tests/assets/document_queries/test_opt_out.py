"""No query is sent for a patient who opted out, whatever else happens; seen at the endpoint."""

import threading
import time
from datetime import UTC, datetime

import psycopg

from registry.database.connections import connect
from registry.patients.patients import set_opt_out
from tests.assets.document_queries.conftest import Person
from tests.fhir import Reply, searchset
from tests.waiting import eventually


def opts(harbor, first, *, out=True):
    """As a call of the API does."""
    with connect(harbor.settings) as connection:
        patient = harbor.patient(first)
        set_opt_out(connection, harbor.account.id, patient, datetime.now(UTC), opt_out=out)


def on_the_wire(endpoint):
    return "\n".join(f"{asked.path} {asked.headers} {asked.body}" for asked in endpoint.asked)


def test_a_patient_who_opted_out_gets_no_query(harbor, endpoint):
    imported = harbor.has(Person("Ada", opted_out=True), Person("Ben", opted_out=False), "Cleo")
    report = harbor.asks(imported)
    assert sorted(endpoint.names) == ["Ben", "Cleo"]
    assert "Ada" not in on_the_wire(endpoint)
    assert harbor.last("Ada") is None
    assert (report.figures["planned"], report.figures["unplanned"]) == (2, 0)


def test_an_opt_out_after_planning_counts(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    harbor.asks(imported, seconds=0)
    opts(harbor, "Ada")
    report = harbor.asks(imported)
    assert endpoint.names == ["Ben"]
    assert "Ada" not in on_the_wire(endpoint)
    assert harbor.states()["Ada"] == ("opted-out", None, None)
    assert (report.figures["opted out"], report.figures["completed"]) == (1, 1)
    assert harbor.progress(imported).status == "completed"


def test_an_opt_out_between_two_tries_counts(harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=500)
    imported = harbor.has("Ada")
    harbor.asks(imported, seconds=1)
    assert endpoint.names == ["Ada"]
    opts(harbor, "Ada")
    harbor.lets_time_pass()
    harbor.asks(imported)
    assert endpoint.names == ["Ada"]
    assert harbor.states()["Ada"][0] == "opted-out"


def test_an_opt_out_while_other_queries_are_sent_counts(harbor, endpoint):
    def opting_out(_):
        if len(endpoint.asked) == 1:
            opts(harbor, "Cleo")
        return searchset()

    endpoint.reply = opting_out
    harbor.asks(harbor.has("Ada", "Ben", "Cleo"), fhir_concurrency=1)
    assert endpoint.names == ["Ada", "Ben"]
    assert harbor.states()["Cleo"][0] == "opted-out"


def test_an_opt_out_that_is_being_committed_is_waited_for(harbor, endpoint):
    imported = harbor.has("Ada", "Ben")
    with connect(harbor.settings) as api:
        patient = harbor.patient("Ada")
        set_opt_out(api, harbor.account.id, patient, datetime.now(UTC), opt_out=True)
        asking = threading.Thread(target=harbor.asks, args=(imported,))
        asking.start()
        eventually(lambda: endpoint.names == ["Ben"])
        time.sleep(0.5)  # and Ada is due all the while
        assert endpoint.names == ["Ben"]
        api.commit()
        asking.join()
    assert endpoint.names == ["Ben"]
    assert harbor.states()["Ada"][0] == "opted-out"


def test_no_opt_out_waits_for_an_answer(harbor, endpoint):
    endpoint.reply = lambda _: Reply(hang=30)
    imported = harbor.has("Ada")
    asking = threading.Thread(target=harbor.asks, args=(imported,), kwargs={"seconds": 1})
    asking.start()
    eventually(lambda: endpoint.asked)
    with psycopg.connect(harbor.settings.database_url or "") as api:
        api.execute("SET lock_timeout = '1s'")
        set_opt_out(api, harbor.account.id, harbor.patient("Ada"), datetime.now(UTC), opt_out=True)
    endpoint.closing.set()
    asking.join()


def test_a_patient_who_opts_in_again_is_queried_from_the_next_import_on(harbor, endpoint):
    first = harbor.has("Ada")
    harbor.asks(first, seconds=0)
    opts(harbor, "Ada")
    harbor.asks(first)
    opts(harbor, "Ada", out=False)
    harbor.asks(first)
    assert endpoint.names == []
    harbor.asks(harbor.has("Ada", outcome="updated"))
    assert endpoint.names == ["Ada"]
