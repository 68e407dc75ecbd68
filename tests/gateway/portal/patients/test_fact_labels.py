"""Facts as users read them."""

from datetime import UTC, datetime

import pytest

from gateway.portal.patients.fact_labels import label_of, lines_of, value_changes_of
from registry.patients.record import Change, Fact, Origin

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("field", "item", "values", "label"),
    [
        ("birth_date", "", ["1980-02-01"], "Birth date"),
        ("contact", "phone/mobile", ["+12125550123"], "Mobile phone"),
        ("contact", "phone/+12125550123", ["+12125550123"], "Phone"),
        ("client_group", "acme", ["Acme"], "Client group"),
        ("identifier", "license/NJ/D288", ["D288", "NJ"], "Driving license"),
        ("flag", "dnr/dni", ["DNR/DNI"], "Flag"),
        ("address", "other/2c92c3af5676a154", ["1 Main St", "Boston"], "Other address"),
        ("facility", "01a2017b-07da-7b96-81ac-05437511adda", ["Main Street"], "Facility"),
    ],
)
def test_a_fact_is_labelled_without_what_its_value_says(field, item, values, label):
    assert label_of(field, item, values) == label


def test_parts_of_one_item_that_came_together_are_one_line():
    first, later = (Origin(None, None, None, line, START) for line in (1, 2))
    facts = [
        Fact("address", "home", "line1", "1 Main St", first),
        Fact("address", "home", "city", "Boston", first),
        Fact("address", "home", "postal_code", "02101", later),
        Fact("facility", "f-1", "facility_id", "f-1", later),
    ]
    lines = lines_of(facts, {"f-1": "Bay"})
    assert [(line.label, line.value, line.origin.line) for line in lines] == [
        ("Home address", "1 Main St, Boston", 1),
        ("Home address", "02101", 2),
        ("Facility", "Bay", 2),
    ]
    change = Change(first, {"address/home/postal_code": ("02102", "02101"), "gender": (None, "F")})
    assert list(value_changes_of(change, {})) == [
        ("Home address, postal code", "02102", "02101"),
        ("Gender", None, "F"),
    ]


def test_a_social_security_number_is_masked_until_it_is_asked_for():
    fact = Fact("identifier", "ssn/123456789", "value", "123456789", None)
    assert [line.value for line in lines_of([fact], {})] == ["•••-••-6789"]
    assert [line.value for line in lines_of([fact], {}, reveal=True)] == ["123456789"]
    change = Change(
        Origin(None, None, None, 1, START), {"identifier/ssn/123456789/value": (None, "123456789")}
    )
    assert list(value_changes_of(change, {})) == [("Social security number", None, "•••-••-6789")]


def test_a_value_with_a_slash_stays_whole():
    change = Change(Origin(None, None, None, 1, START), {"flag/dnr/dni/name": (None, "DNR/DNI")})
    assert list(value_changes_of(change, {})) == [("Flag", None, "DNR/DNI")]
