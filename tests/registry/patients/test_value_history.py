"""From a patient's record to one history per address."""

from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest

from registry.patients.record import Change, Fact, Origin, Record, RefusedValue
from registry.patients.value_history import value_histories
from schemas.errors import NotFound

PATIENT = UUID(int=1)
START = datetime(2026, 11, 16, tzinfo=UTC)
CITY = "address/home/city"


def origin(day):
    return Origin(UUID(int=day), f"{day}.csv", "cli", 2, START + timedelta(days=day), 1, f"k-{day}")


def record(facts, *changes):
    """`facts` are (address, value), `changes` (day, {address: (old, new)}), the newest first."""
    known = [Fact(*([*address.split("/"), "", ""][:3]), value, None) for address, value in facts]
    return Record(PATIENT, known, [Change(origin(day), values) for day, values in changes])


def test_a_value_has_all_its_steps_the_newest_first():
    of = record(
        [("language", "es")],
        (3, {"language": ("en", "es")}),
        (1, {"language": (None, "en")}),
    )
    (found,) = value_histories(of, [])
    assert (found.address, found.value) == ("language", "es")
    assert [(step.origin.line, step.old, step.new) for step in found.steps] == [
        (2, "en", "es"),
        (2, None, "en"),
    ]
    assert [step.origin.partition_key for step in found.steps] == ["k-3", "k-1"]


def test_a_value_that_was_cleared_is_shown_as_none():
    of = record([], (2, {CITY: ("Rome", None)}), (1, {CITY: (None, "Rome")}))
    (found,) = value_histories(of, [])
    assert found.value is None
    assert [step.new for step in found.steps] == [None, "Rome"]


def test_a_refused_value_is_listed_at_its_address():
    refused = [RefusedValue(origin(1), CITY, "import k-2")]
    of = record([("first_name", "Ann"), (CITY, "Oslo")], (2, {CITY: (None, "Oslo")}))
    by_address = {each.address: each.refused for each in value_histories(of, refused)}
    assert by_address == {"first_name": [], CITY: refused}


def test_fields_come_in_the_order_of_their_declaration():
    of = record([], (1, dict.fromkeys(("flag/a/name", CITY, "gender"), (None, "x"))))
    assert [each.address for each in value_histories(of, [])] == ["gender", CITY, "flag/a/name"]


@pytest.mark.parametrize(
    ("field", "found"),
    [
        (None, 4),
        ("first_name", 1),
        ("address", 2),
        ("address/home", 1),
        (CITY, 1),
        ("address/home/cit", 0),
        ("addr", None),
        ("contact", 1),
        ("flag", 0),
    ],
)
def test_a_field_is_named_whole_or_by_the_beginning_of_its_address(field, found):
    facts = [
        ("first_name", "Ann"),
        (CITY, "Rome"),
        ("address/homestead/city", "Oslo"),
        ("contact/email/value", "a@b.example"),
    ]
    if found is None:
        with pytest.raises(NotFound, match="fields: first_name, last_name"):
            value_histories(record(facts), [], field)
    else:
        assert len(value_histories(record(facts), [], field)) == found


def test_a_value_that_a_merge_lists_as_unchanged_is_no_step():
    of = record([("gender", "F")], (2, {"gender": ("F", "F")}), (1, {"gender": (None, "F")}))
    (found,) = value_histories(of, [])
    assert [step.old for step in found.steps] == [None]
