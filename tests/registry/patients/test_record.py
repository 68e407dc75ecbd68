"""A patient's record as data."""

from dataclasses import replace
from datetime import UTC, datetime
from uuid import UUID

import pytest

from registry.patients.record import Change, Fact, Origin, Record, address_of

AT = datetime(2026, 11, 16, tzinfo=UTC)
ROW = Origin(UUID(int=1), "a.csv", "cli", 2, AT)
PERSON = Origin(None, None, None, 0, AT)


@pytest.mark.parametrize(
    ("parts", "address"),
    [
        (("birth_date", "", ""), "birth_date"),
        (("address", "home", "city"), "address/home/city"),
        (("contact", "phone/home", "value"), "contact/phone/home/value"),
    ],
)
def test_an_address_has_the_parts_that_there_are(parts, address):
    assert address_of(*parts) == address
    assert Fact(*parts, "x", None).address == address


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (ROW, replace(ROW, attempt=2), True),
        (ROW, replace(ROW, line=3), False),
        (ROW, replace(ROW, import_id=UUID(int=2)), False),
        (PERSON, PERSON, False),
    ],
    ids=["another attempt", "another line", "another import", "persons"],
)
def test_one_row_is_the_same_line_of_the_same_import(one, other, is_same):
    assert one.is_same_row(other) == is_same


def test_a_record_is_named_by_its_facts():
    facts = [Fact("last_name", "", "", "Lopez", ROW), Fact("note", "1", "body", "x", ROW)]
    record = Record(UUID(int=1), facts, [])
    assert (record.is_removed, record.name) == (False, "Lopez")


def test_a_removed_record_is_named_by_the_values_that_it_lost_last():
    lost = {"first_name": ("Maria", None), "last_name": ("Lopez", None), "language": (None, None)}
    given = {"first_name": (None, "Mary"), "last_name": (None, "Lopez")}
    record = Record(UUID(int=1), [], [Change(PERSON, lost), Change(ROW, given)])
    assert (record.is_removed, record.name) == (True, "Maria Lopez")
