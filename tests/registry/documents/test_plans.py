"""Plans: who gets a query, what begins anew, and when a plan is due."""

import pytest

from registry.accounts.accounts import add_account
from registry.documents.dispatch import complete, dispatch_next, fail, put_off
from registry.documents.plans import (
    another_account_waits,
    due_plans,
    leave,
    pause,
    plan,
    unplanned,
    want,
)
from registry.documents.progress import progress_of


def due_keys(asked):
    return [each.partition_key for each in due_plans(asked.connection, 10)]


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


def test_without_an_endpoint_patients_are_counted_as_not_configured_and_have_no_row(asked):
    ada = asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=False, again=False)
    leave(asked.connection, asked.imported.id)
    found = progress(asked)
    assert asked.states() == {}
    assert (found.status, found.total, found.not_configured) == ("not-configured", 1, 1)
    assert found.state == "settled"
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert asked.states() == {ada: "processing"}
    assert progress(asked).not_configured == 0


def test_queries_that_are_open_when_the_endpoint_goes_are_not_configured_and_can_begin_anew(asked):
    ada = asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    bob = asked.patient("Bob")
    plan(asked.connection, asked.imported, configured=False, again=False)
    assert asked.states() == {ada: "not-configured"}
    assert (progress(asked).total, progress(asked).not_configured) == (2, 2)
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert asked.states() == {ada: "not-configured", bob: "processing"}
    plan(asked.connection, asked.imported, configured=True, again=True)
    assert asked.states() == {ada: "processing", bob: "processing"}


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
    assert due_keys(asked) == [key]
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert due_keys(asked) == []
    complete(asked.connection, dispatch_next(asked.connection, asked.imported.id), 0, None)
    leave(asked.connection, asked.imported.id)
    assert progress(asked).state == "settled"
    want(asked.connection, asked.imported, configured=True)
    assert due_keys(asked) == [key]


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
    assert due_keys(asked) == []


def test_an_import_that_is_processed_again_is_not_due(asked):
    asked.connection.execute("UPDATE import SET state = 'processing'")
    assert due_keys(asked) == []


def test_a_paused_endpoint_is_said_until_the_next_plan(asked):
    asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    pause(asked.connection, "the endpoint refuses the token")
    assert progress(asked).fault == "the endpoint refuses the token"
    assert due_keys(asked) == []
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert progress(asked).fault is None


class TestTurns:
    """Plans of several accounts: none waits for all of another's."""

    @pytest.fixture
    def wanted(self, connection):
        """Enters due plans of an account, each a second after the one before."""

        def enter(name, count):
            account = add_account(connection, name, "metriport")
            connection.execute(
                "INSERT INTO import (id, account_id, format, source, file_name, sha256,"
                " byte_count, received_at, partition_key, state)"
                " SELECT gen_random_uuid(), %(id)s, 'metriport', 'cli', 'a.csv', 'ab', 1, now(),"
                " %(name)s || '_' || n, 'completed' FROM generate_series(1, %(count)s) AS n",
                {"id": account.id, "name": name, "count": count},
            )
            connection.execute(
                "INSERT INTO document_plan (import_id, account_id, due_at)"
                " SELECT id, account_id, now() - interval '1 hour'"
                " + split_part(partition_key, '_', 2)::int * interval '1 second'"
                " FROM import WHERE account_id = %s",
                (account.id,),
            )
            return account

        return enter

    def test_two_of_a_late_account_are_among_the_first_four_of_a_thousand(self, connection, wanted):
        wanted("flood", 1000)
        connection.execute("UPDATE document_plan SET due_at = due_at - interval '1 day'")
        wanted("late", 2)
        found = [each.partition_key for each in due_plans(connection, 4)]
        assert found == ["flood_1", "late_1", "flood_2", "late_2"]

    def test_an_account_on_which_a_run_works_has_its_turn_already(self, connection, wanted):
        wanted("flood", 3)
        wanted("late", 1)
        found = due_plans(connection, 9, under_way=["flood_3"])
        assert [each.partition_key for each in found] == ["late_1"]

    def test_another_account_waits_only_while_a_plan_of_it_is_due(self, connection, wanted):
        flood, late = wanted("flood", 1), wanted("late", 1)
        assert another_account_waits(connection, flood.id)
        connection.execute(
            "UPDATE document_plan SET state = 'settled' WHERE account_id = %s", (late.id,)
        )
        assert not another_account_waits(connection, flood.id)
