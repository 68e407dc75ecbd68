"""The sweep: what a whole registry's search puts into the queue, and what it leaves alone."""

import pytest

from assets.duplicate_clusters.sweep import sweep_account
from schemas.errors import NotFound, RosterlineError
from tests.assets.potential_duplicates.test_search import AGAIN, FIRST
from tests.files import john

THIRD = AGAIN | {"mbi": "", "ehr": "", "first": "Marya"}
"""Maria a third time, without an identifier."""


@pytest.fixture
def sweep(clinic):
    def swept(account=clinic):
        seen = clinic.settings.model_copy(update={"debug": True})
        return sweep_account(clinic.connection, seen, account.account.name).figures

    return swept


def test_pairs_that_no_import_was_searched_for_are_opened_with_the_row_of_the_younger(
    clinic, sweep
):
    older, younger = clinic.send(FIRST), clinic.send(john(), AGAIN)
    figures = sweep()
    [(one, other, reason, weight)] = clinic.queue()
    assert (one, other, reason) == (younger.patient(3), older.patient(2), "similar")
    assert weight > 4
    row = clinic.connection.execute("SELECT import_id, attempt, line FROM review").fetchone()
    assert row == (younger.imported.id, 1, 3)
    assert (figures["reviews opened"], figures["clusters of two"]) == (1, 1)
    assert figures["pairs missing"] == figures["missing in copy"] == 0


def test_a_sweep_and_the_search_of_an_import_give_a_pair_the_same_score_and_evidence(clinic, sweep):
    clinic.send_and_search(FIRST)
    clinic.send_and_search(AGAIN, john())
    query = "SELECT patient_id, other_patient_id, weight, evidence, caution, model FROM review"
    before = clinic.connection.execute(query).fetchall()
    figures = sweep()
    assert clinic.connection.execute(query).fetchall() == before
    assert (figures["reviews opened"], figures["reviews scored again"]) == (0, 1)


def test_a_judged_pair_is_never_opened_again(clinic, sweep):
    clinic.send(FIRST)
    clinic.send(AGAIN)
    sweep()
    [pair] = clinic.open_pairs()
    clinic.judge("different", *pair)
    clinic.connection.commit()
    figures = sweep()
    assert clinic.queue() == []
    assert figures["pairs judged before"] == 1


def test_three_records_of_one_person_are_one_cluster(clinic, sweep):
    clinic.send(FIRST, AGAIN, THIRD, john())
    figures = sweep()
    assert (figures["clusters of two"], figures["clusters of more"]) == (0, 1)
    assert figures["patients in the largest"] == 3


def test_a_registry_without_patients_or_of_one_has_nothing_to_open(clinic, another_clinic, sweep):
    clinic.send(FIRST)
    for account in (clinic, another_clinic("empty")):
        figures = sweep(account)
        assert (figures["candidates"], figures["reviews opened"]) == (0, 0)


def test_patients_of_two_accounts_never_meet(clinic, another_clinic, sweep):
    other = another_clinic("other")
    clinic.send(FIRST)
    other.send(AGAIN)
    assert sweep(other)["candidates"] == 0
    assert clinic.queue() == other.queue() == []


def test_a_sweep_that_fails_leaves_the_queue_as_it_was(clinic, sweep):
    clinic.send(FIRST)
    clinic.send(AGAIN)
    clinic.settings.models_dir.mkdir(exist_ok=True)
    own = clinic.settings.models_dir / f"{clinic.account.id}.json"
    own.write_text("{}")
    with pytest.raises(RosterlineError, match="model file"):
        sweep()
    assert clinic.queue() == []
    own.unlink()
    assert sweep()["reviews opened"] == 1


def test_an_unknown_account_is_named(clinic):
    with pytest.raises(NotFound, match="no account 'nobody'"):
        sweep_account(clinic.connection, clinic.settings, "nobody")
