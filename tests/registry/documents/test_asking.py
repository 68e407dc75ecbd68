"""Documents of one patient that a caller asks for, and lists."""

from datetime import date

import pytest

from registry.accounts.accounts import add_account
from registry.database.row_level_security import as_account
from registry.documents.asking import chosen_documents, documents_of, start_query
from registry.documents.dispatch import complete, dispatch_next, fail
from registry.documents.plans import due_plans, leave, plan
from schemas.errors import NotAllowed, NotFound

REFERENCE = {
    "resourceType": "DocumentReference",
    "id": "d-1",
    "date": "2026-03-04T10:00:00Z",
    "description": "Discharge summary",
    "content": [{"attachment": {"title": "ccd.xml"}}],
}


def start(asked, patient):
    """As a call does: within the walls of the account."""
    with as_account(asked.connection, asked.account.id):
        return start_query(asked.connection, asked.account, patient)


def next_of(asked):
    return dispatch_next(asked.connection, asked.imported.id)


def is_due(asked):
    return [each.partition_key for each in due_plans(asked.connection, 9)] == [
        asked.imported.partition_key
    ]


def test_a_patient_who_was_never_asked_about_is_asked_about_and_nobody_else(asked):
    ada, ben = asked.patient("Ada"), asked.patient("Ben")
    plan(asked.connection, asked.imported, configured=False, again=False)
    leave(asked.connection, asked.imported.id)
    assert not is_due(asked)
    query = start(asked, ada)
    assert (query.state, query.import_id) == ("processing", asked.imported.id)
    assert is_due(asked)
    assert asked.states() == {ada: "processing"}
    # The run that follows asks about nobody else, though the endpoint is there now.
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert next_of(asked).patient_id == ada
    assert ben not in asked.states()
    plan(asked.connection, asked.imported, configured=True, again=True)
    assert ben in asked.states()


@pytest.mark.parametrize("end", ["found", "failed"])
def test_a_query_that_is_over_begins_anew_and_one_under_way_goes_on(asked, end):
    ada = asked.patient("Ada")
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert start(asked, ada).state == "processing"
    query = next_of(asked)
    assert query.tries == 1
    if end == "found":
        complete(asked.connection, query, 1, None, [REFERENCE])
    else:
        fail(asked.connection, query, "http_400")
    leave(asked.connection, asked.imported.id)
    again = start(asked, ada)
    assert (again.state, again.found, again.reason) == ("processing", None, None)
    assert next_of(asked).tries == 1
    assert is_due(asked)


def test_what_was_found_is_listed_until_more_is_found(asked):
    ada = asked.patient("Ada")
    assert documents_of(asked.connection, ada) == []
    start(asked, ada)
    complete(asked.connection, next_of(asked), 1, None, [REFERENCE])
    assert documents_of(asked.connection, ada) == [REFERENCE]
    start(asked, ada)
    assert documents_of(asked.connection, ada) == [REFERENCE]
    fail(asked.connection, next_of(asked), "http_400")
    assert documents_of(asked.connection, ada) == [REFERENCE]
    start(asked, ada)
    complete(asked.connection, next_of(asked), 0, None, [])
    assert documents_of(asked.connection, ada) == []


def test_who_opted_out_was_deleted_or_belongs_to_another_account_is_not_asked_about(asked):
    out, gone, ada = asked.patient("Out", opted_out=True), asked.patient("Gone"), asked.patient("A")
    asked.connection.execute("UPDATE patient SET withdrawn = true WHERE id = %s", (gone,))
    with pytest.raises(NotAllowed, match="opted out"):
        start(asked, out)
    with pytest.raises(NotFound):
        start(asked, gone)
    bay = add_account(asked.connection, "bay", "metriport")
    with as_account(asked.connection, bay.id), pytest.raises(NotFound):
        start_query(asked.connection, bay, ada)
    assert asked.states() == {}
    plan(asked.connection, asked.imported, configured=True, again=False)
    assert asked.states() == {ada: "processing"}


def test_a_patient_who_is_deleted_once_a_query_is_open_is_not_asked_about(asked):
    ada = asked.patient("Ada")
    start(asked, ada)
    asked.connection.execute("UPDATE patient SET withdrawn = true WHERE id = %s", (ada,))
    assert next_of(asked).opted_out
    assert asked.states() == {ada: "opted-out"}


@pytest.mark.parametrize(
    ("first", "last", "content", "is_chosen"),
    [
        (None, None, None, True),
        (date(2026, 3, 4), date(2026, 3, 4), None, True),
        (date(2026, 3, 5), None, None, False),
        (None, date(2026, 3, 3), None, False),
        (None, None, "SUMMARY", True),
        (None, None, "ccd", True),
        (None, None, "x-ray", False),
    ],
)
def test_documents_are_chosen_by_day_and_by_what_they_say(first, last, content, is_chosen):
    assert list(chosen_documents([REFERENCE], first, last, content)) == [REFERENCE] * is_chosen
