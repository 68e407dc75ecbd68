"""Single queries: which one is dispatched, and what becomes of it."""

import pytest

from registry.database.connections import connect
from registry.documents.dispatch import (
    BACKOFF_SECONDS,
    MAX_TRIES,
    complete,
    dispatch_next,
    fail,
    next_due,
    put_off,
    release,
    sending,
)
from registry.documents.plans import plan
from registry.documents.progress import latest_queries, reasons_of


@pytest.fixture
def planned(asked):
    """Ada and Eve, each with an open query."""
    asked.patient("Ada")
    asked.patient("Eve")
    plan(asked.connection, asked.imported, configured=True, again=False)
    return asked


def next_of(planned):
    return dispatch_next(planned.connection, planned.imported.id)


def latest(planned, patient):
    return latest_queries(planned.connection, [patient])[patient]


def test_queries_are_dispatched_once_each_with_the_patient_as_stored(planned):
    ada, eve = planned.patients
    planned.connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " VALUES (%s, 'ehr', 'E-1', %s)",
        (ada, planned.account.id),
    )
    planned.connection.execute(
        "INSERT INTO patient_address (patient_id, item, postal_code)"
        " VALUES (%(ada)s, 'home', '02101'), (%(ada)s, 'other/1', '02101'),"
        " (%(ada)s, 'other/2', '01001'), (%(ada)s, 'other/3', NULL)",
        {"ada": ada},
    )
    found = {query.patient_id: query for query in (next_of(planned), next_of(planned))}
    assert next_of(planned) is None
    assert (found[ada].first_name, found[ada].tries, found[ada].opted_out) == ("Ada", 1, False)
    assert (found[ada].identifiers, found[ada].zips) == ({"ehr": "E-1"}, ["01001", "02101"])
    assert (found[eve].identifiers, found[eve].zips) == ({}, [])


def test_a_patient_who_opted_out_is_settled_and_not_tried(planned):
    planned.connection.execute("UPDATE patient SET hie_opt_out = true WHERE first_name = 'Ada'")
    queries = [next_of(planned), next_of(planned)]
    (refused,) = [query for query in queries if query.opted_out]
    assert (refused.first_name, refused.tries) == ("Ada", 0)
    assert latest(planned, refused.patient_id).state == "opted-out"


def test_a_patient_whom_somebody_is_changing_is_left_for_later(planned, database):
    with connect(database) as other:
        other.execute("SELECT FROM patient WHERE first_name = 'Ada' FOR UPDATE")
        assert next_of(planned).first_name == "Eve"
        assert next_of(planned) is None
        other.rollback()
    assert next_of(planned).first_name == "Ada"


def test_an_answer_settles_a_query(planned):
    answered, failed = next_of(planned), next_of(planned)
    complete(planned.connection, answered, 7, "other_patient")
    fail(planned.connection, failed, "answered_400")
    of_answered, of_failed = (
        latest(planned, answered.patient_id),
        latest(planned, failed.patient_id),
    )
    assert (of_answered.state, of_answered.found) == ("completed", 7)
    assert (of_failed.state, of_failed.found, of_failed.reason) == ("failed", None, "answered_400")
    assert of_answered.settled_at is not None
    assert reasons_of(planned.connection, planned.imported) == {"answered_400": 1}
    assert next_due(planned.connection, planned.imported.id) is None


@pytest.mark.parametrize(
    ("asked_for", "pause"), [(0.0, BACKOFF_SECONDS[0]), (90.0, 90.0)], ids=["ours", "the server's"]
)
def test_a_query_that_is_put_off_is_due_after_the_longer_pause(planned, asked_for, pause):
    complete(planned.connection, next_of(planned), 0, None)
    put_off(planned.connection, next_of(planned), "answered_503", asked_for)
    due = next_due(planned.connection, planned.imported.id)
    assert due is not None
    assert 0 < due <= pause
    assert next_of(planned) is None


def test_after_the_last_try_a_query_has_failed(planned):
    planned.connection.execute("UPDATE document_query SET tries = %s", (MAX_TRIES - 1,))
    query = next_of(planned)
    put_off(planned.connection, query, "answered_503")
    assert latest(planned, query.patient_id).state == "failed"


def test_what_a_killed_sender_had_dispatched_is_due_again(planned):
    first = next_of(planned)
    release(planned.connection, planned.imported.id)
    assert latest(planned, first.patient_id).reason == "cut_off"
    again = {next_of(planned).patient_id, next_of(planned).patient_id}
    assert again == set(planned.patients)


def test_a_query_that_kills_its_sender_each_time_fails_in_the_end(planned):
    planned.connection.execute("UPDATE document_query SET tries = %s", (MAX_TRIES - 1,))
    query = next_of(planned)
    release(planned.connection, planned.imported.id)
    assert latest(planned, query.patient_id).state == "failed"


def test_a_patient_who_is_gone_needs_no_answer(planned):
    ada, eve = planned.patients
    planned.connection.execute("DELETE FROM patient WHERE id = %s", (ada,))
    release(planned.connection, planned.imported.id)
    assert (latest(planned, ada).state, latest(planned, ada).reason) == ("failed", "patient_gone")
    assert latest(planned, eve).state == "processing"


def test_only_one_process_sends_at_a_time(planned, database):
    with (
        sending(planned.connection) as first,
        connect(database) as other,
        sending(other) as second,
    ):
        assert (first, second) == (True, False)
    with connect(database) as other, sending(other) as later:
        assert later is True
