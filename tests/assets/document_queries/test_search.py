"""The search parameters of a patient."""

from datetime import UTC, date, datetime

import pytest

from assets.document_queries.search import escaped, parameters_of
from registry.documents.dispatch import DispatchedQuery
from registry.ids import new_id

SYSTEMS = {"external": "urn:oid:1.2.3", "ssn": "http://hl7.org/fhir/sid/us-ssn"}
ADA = [
    ("patient.family", "Sample"),
    ("patient.given", "Ada"),
    ("patient.birthdate", "1980-02-01"),
    ("patient.gender", "female"),
    ("patient.address-postalcode", "02101"),
    ("status", "current"),
]


def patient(**changes):
    some_id = new_id(datetime.now(UTC))
    known = {
        "import_id": some_id,
        "attempt": 1,
        "patient_id": some_id,
        "tries": 1,
        "opted_out": False,
        "first_name": "Ada",
        "last_name": "Sample",
        "birth_date": date(1980, 2, 1),
        "birth_year": 1980,
        "gender": "F",
        "identifiers": {},
        "zips": ["02101"],
    }
    return DispatchedQuery(**(known | changes))


def test_without_an_identifier_a_patient_is_described_by_demographics():
    assert parameters_of(patient(), SYSTEMS) == ADA


@pytest.mark.parametrize(
    ("changes", "name", "values"),
    [
        ({"first_name": "Mary Ann"}, "patient.given", ["Mary", "Ann"]),
        ({"last_name": "Van Der Berg"}, "patient.family", ["Van Der Berg"]),
        ({"last_name": "O'Neil, Jr"}, "patient.family", [r"O'Neil\, Jr"]),
        ({"gender": "M"}, "patient.gender", ["male"]),
        ({"gender": "O"}, "patient.gender", ["other"]),
        ({"gender": "U"}, "patient.gender", []),
        ({"birth_date": None, "birth_year": 1977}, "patient.birthdate", ["1977"]),
        ({"zips": ["02101", "04101"]}, "patient.address-postalcode", ["02101,04101"]),
        ({"zips": []}, "patient.address-postalcode", []),
        ({"identifiers": {"license/MA/S1": "S1"}}, "patient.identifier", []),
    ],
)
def test_each_trait_has_its_parameter(changes, name, values):
    found = [value for key, value in parameters_of(patient(**changes), SYSTEMS) if key == name]
    assert found == values


@pytest.mark.parametrize(
    ("identifiers", "systems", "value"),
    [
        ({"external": "X-1"}, SYSTEMS, "urn:oid:1.2.3|X-1"),
        ({"ssn/123456789": "123456789"}, SYSTEMS, "http://hl7.org/fhir/sid/us-ssn|123456789"),
        ({"external": "a|b,c$d\\e"}, SYSTEMS, r"urn:oid:1.2.3|a\|b\,c\$d\\e"),
        (
            {"ssn/123456789": "123456789", "external": "X-1"},
            SYSTEMS,
            "urn:oid:1.2.3|X-1,http://hl7.org/fhir/sid/us-ssn|123456789",
        ),
        ({"ssn/123456789": "123456789", "external": "X-1"}, {"external": "urn:a"}, "urn:a|X-1"),
    ],
)
def test_with_a_known_identifier_the_search_is_iti_67(identifiers, systems, value):
    found = parameters_of(patient(identifiers=identifiers), systems)
    assert found == [("patient.identifier", value), ("status", "current")]


def test_an_identifier_is_not_sent_to_an_endpoint_that_does_not_know_it():
    assert parameters_of(patient(identifiers={"external": "X-1"}), {}) == ADA


@pytest.mark.parametrize("value", ["", "plain", ",", "|", "$", "\\", "\\,|$", "a\\,b"])
def test_escaping_can_be_undone(value):
    undone, letters = "", iter(escaped(value))
    for letter in letters:
        undone += next(letters) if letter == "\\" else letter
    assert undone == value
