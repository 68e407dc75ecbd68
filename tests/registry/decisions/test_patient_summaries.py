"""The patients of a pair as a list shows them, also those who left the registry."""

from uuid import UUID, uuid4

import pytest

from registry.decisions.patient_summaries import PatientSummary, read_summaries, summary_before
from registry.decisions.undo import undo
from registry.ledger.imports import get_import
from tests.files import maria
from tests.nights import MONDAY
from tests.reviewed_account import pair_of

PATIENT = UUID(int=1)


def test_a_patient_is_summarised_with_the_identifiers_that_are_shown_once(reviewed):
    patient = reviewed.send(maria(mbi="1EG4-TE5-MK73")).patient(2)
    assert read_summaries(reviewed.connection, [patient]) == {
        patient: PatientSummary(
            id=patient,
            is_there=True,
            first_name="Maria",
            last_name="Lopez",
            birth="1961-05-27",
            gender="F",
            identifiers=(("ehr", "E-1"), ("mbi", "1EG4TE5MK73")),
        )
    }


def test_a_merged_patient_is_summarised_as_before_the_merge(reviewed):
    younger, older = pair_of(reviewed)
    before = read_summaries(reviewed.connection, [younger])[younger]
    reviewed.judge("same", younger, older)
    found = read_summaries(reviewed.connection, [younger, older])
    assert (found[older].is_there, found[younger].is_there) == (True, False)
    assert (found[younger].name, found[younger].birth) == (before.name, before.birth)
    assert found[younger].identifiers == before.identifiers == (("ehr", "E-9"),)


def test_a_patient_whom_an_undo_removed_is_summarised_as_before(reviewed):
    done = reviewed.send(maria())
    imported = get_import(reviewed.connection, done.imported.partition_key)
    undo(reviewed.connection, imported, "op", MONDAY)
    found = read_summaries(reviewed.connection, [done.patient(2)])[done.patient(2)]
    assert (found.is_there, found.name, found.gender) == (False, "Maria Lopez", "F")


def test_an_unknown_id_has_an_empty_summary(connection):
    unknown = uuid4()
    found = read_summaries(connection, [unknown])[unknown]
    assert (found.is_there, found.name, found.birth, found.identifiers) == (False, "", "", ())


@pytest.mark.parametrize(
    ("changes", "birth"),
    [
        ({"birth_date": ["1961-05-27", None], "birth_year": ["1961", None]}, "1961-05-27"),
        ({"birth_year": ["1961", None]}, "1961"),
        ({"birth_date": [None, None], "birth_year": ["1961", None]}, "1961"),
        ({}, ""),
    ],
)
def test_a_birth_is_a_date_or_the_year_where_no_more_is_known(changes, birth):
    assert summary_before(PATIENT, changes).birth == birth
