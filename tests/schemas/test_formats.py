"""What a format declares about itself fits together."""

import pytest

from schemas.catalogue import FORMATS


@pytest.mark.parametrize("name", FORMATS)
def test_the_slot_of_a_rows_facility_is_a_column_whose_fact_is_a_facility(name):
    declared = FORMATS[name]
    facilities = {fact.slot for fact in declared.facts if fact.field == "facility"}
    assert facilities == ({declared.facility_slot} if declared.facility_slot else set())
    assert facilities <= {column.slot for column in declared.columns}


def test_only_metriport_rows_name_a_facility():
    assert [name for name, each in FORMATS.items() if each.facility_slot] == ["metriport"]
