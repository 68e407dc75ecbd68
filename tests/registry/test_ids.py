"""Ids are UUIDv7: they sort by time, and patients' ids follow from their import."""

from datetime import UTC, datetime, timedelta
from uuid import RFC_4122

import pytest

from registry.ids import new_id, patient_id_prefix

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


def test_an_id_is_a_uuid_of_version_7_that_holds_its_instant_in_milliseconds():
    made = new_id(NOON)
    assert (made.variant, made.version) == (RFC_4122, 7)
    assert made.int >> 80 == int(NOON.timestamp() * 1000)


def test_ids_of_one_instant_differ():
    assert len({new_id(NOON) for _ in range(1000)}) == 1000


@pytest.mark.parametrize("later", [timedelta(milliseconds=1), timedelta(days=3000)])
def test_a_later_id_sorts_after_an_earlier_one(later):
    assert all(new_id(NOON) < new_id(NOON + later) for _ in range(100))


def test_ids_of_an_imports_patients_begin_as_the_ids_of_its_instant_do():
    assert patient_id_prefix(NOON) == str(new_id(NOON))[:13]
    assert len(patient_id_prefix(NOON)) == 13
    assert patient_id_prefix(NOON) < patient_id_prefix(NOON + timedelta(seconds=1))
