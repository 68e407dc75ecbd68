"""Plans: who gets a query, what begins anew, and when a plan is due."""

import pytest

from registry.documents.dispatch import complete, dispatch_next, fail, put_off
from registry.documents.plans import due_plans, leave, pause, plan, unplanned, want
from registry.documents.progress import progress_of


def progress(asked):
    return progress_of(asked.connection, [asked.imported.id])[asked.imported.id]


def test_each_patient_that_was_created_or_updated_gets_one_query(asked):
    created, updated = asked.patient("Ada"), asked.patient("Eve", outcome="updated")
    asked.patient("Ida", outcome="unchanged")
    asked.patient("Uma", opted_out=True)
    assert unplanned(asked.connection, asked.imported) == 2
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert asked.states() == {created: "processing", updated: "processing"}
    assert unplanned(asked.connection, asked.imported) == 0
    assert (progress(asked).status, progress(asked).total) == ("processing", 2)


def test_planned_twice_a_patient_keeps_the_query_they_have(asked):
    asked.patient("Ada")
    for _ in range(2):
        plan(asked.connection, asked.imported, configured=True, again=False)
    complete(asked.connection, dispatch_next(asked.connection, asked.imported.id), 3, None)
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert list(asked.states().values()) == ["completed"]
    assert progress(asked).found == 3


def test_without_an_endpoint_queries_are_not_configured_until_there_is_one(asked):
    ada = asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=False, again=False)
    assert (asked.states(), progress(asked).status) == ({ada: "not-configured"}, "not-configured")
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert asked.states() == {ada: "not-configured"}
    plan(asked.connection, asked.imported, configured=True, again=True)
    assert asked.states() == {ada: "processing"}


@pytest.mark.parametrize(("again", "state"), [(False, "failed"), (True, "processing")])
def test_what_failed_begins_anew_only_when_it_is_asked_for(asked, again, state):
    ada = asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    fail(asked.connection, dispatch_next(asked.connection, asked.imported.id), "answered_400")
    plan(asked.connection, asked.imported, configured=True, again=again)
    assert asked.states() == {ada: state}


def test_a_plan_is_due_when_it_is_wanted_and_settled_when_all_queries_are(asked):
    asked.patient("Ada")
    key = asked.imported.partition_key
    assert due_plans(asked.connection, 10) == [key]
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert due_plans(asked.connection, 10) == []
    complete(asked.connection, dispatch_next(asked.connection, asked.imported.id), 0, None)
    leave(asked.connection, asked.imported.id)
    assert progress(asked).state == "settled"
    want(asked.connection, asked.imported)
    assert due_plans(asked.connection, 10) == [key]


def test_a_plan_with_open_queries_is_due_when_the_next_of_them_is(asked):
    asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    query = dispatch_next(asked.connection, asked.imported.id)
    put_off(asked.connection, query, "answered_503", seconds=600)
    leave(asked.connection, asked.imported.id)
    (waits,) = asked.connection.execute(
        "SELECT document_plan.due_at = document_query.next_try_at"
        " FROM document_plan JOIN document_query USING (import_id)"
    ).fetchone()
    assert (progress(asked).state, waits) == ("open", True)
    assert due_plans(asked.connection, 10) == []


def test_an_import_that_is_processed_again_is_not_due(asked):
    asked.connection.execute("UPDATE import SET state = 'processing'")
    assert due_plans(asked.connection, 10) == []


def test_a_paused_endpoint_is_said_until_the_next_plan(asked):
    asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    pause(asked.connection, "the endpoint refuses the token")
    assert progress(asked).fault == "the endpoint refuses the token"
    assert due_plans(asked.connection, 10) == []
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert progress(asked).fault is None
