import duckdb
import pytest

from identity.features import FEATURE_COLUMNS, KEY_COLUMNS
from identity.keys import RULES, keys_query
from tests.identity.people import feature, features_of, home, number, patient


def test_the_table_has_the_declared_columns_in_their_order():
    connection = duckdb.connect()
    features_of(connection, [patient()], "features")
    columns = [row[0] for row in connection.execute("DESCRIBE features").fetchall()]
    assert columns == [*FEATURE_COLUMNS, *KEY_COLUMNS]


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("José", "jose"),
        ("D'André", "dandre"),
        ("Łukasz", "lukasz"),
        ("Søren", "soren"),
        ("Weiß", "weiss"),
        ("Mrs. Anna", "anna"),
        ("J. Robert", "j"),
        ("Siobhán-Rose", "siobhan"),
        ("李", "李"),
    ],
)
def test_a_first_name_is_read_without_case_accents_and_titles(written, read):
    assert feature("first_name", first_name=written) == read


@pytest.mark.parametrize(
    ("written", "name", "parts"),
    [
        ("O'Brien", "obrien", ["obrien"]),
        ("De La Cruz", "delacruz", ["cruz"]),
        ("Smith-Jones", "smithjones", ["jones", "smith"]),
        ("Garcia Lopez", "garcialopez", ["garcia", "lopez"]),
        ("Van der Berg", "vanderberg", ["berg"]),
        ("King Jr.", "king", ["king"]),
        ("Smith, MD", "smith", ["smith"]),
        ("Li", "li", []),
    ],
)
def test_a_last_name_is_read_as_one_and_as_the_parts_that_tell_families_apart(written, name, parts):
    assert feature("last_name", last_name=written) == name
    assert feature("last_parts", last_name=written) == parts


@pytest.mark.parametrize(
    ("written", "suffix"),
    [("King Jr.", "jr"), ("King, Senior", "sr"), ("King III", "iii"), ("King", None)],
)
def test_a_suffix_is_found_behind_the_last_name(written, suffix):
    assert feature("suffix", last_name=written) == suffix


def test_a_name_that_is_a_suffix_stays_a_name():
    assert feature("last_name", last_name="Senior") == "senior"
    assert feature("suffix", last_name="Senior") is None


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("first_name", {"first_name": "Baby Boy"}),
        ("first_name", {"first_name": "BabyGirl A"}),
        ("first_name", {"first_name": "Baby Boy of Maria"}),
        ("first_name", {"first_name": "Unknown"}),
        ("first_name", {"first_name": "TEST"}),
        ("last_name", {"last_name": "Test Patient"}),
        ("birth_date", {"birth_date": "1900-01-01"}),
        ("birth_year", {"birth_date": "1900-01-01"}),
        ("gender", {"gender": "U"}),
        ("nullif(len(ssns), 0)", {"identifiers": [number("ssn", "999-99-9999")]}),
        ("nullif(len(ssns), 0)", {"identifiers": [number("ssn", "123456789")]}),
        ("nullif(len(key_phone), 0)", {"phones": ["+16175555555"]}),
        ("nullif(len(key_email), 0)", {"emails": ["noemail@example.org"]}),
        ("nullif(len(street_lines), 0)", {"addresses": home("Homeless")}),
        ("nullif(len(zips), 0)", {"addresses": home(zip_code="99999")}),
    ],
)
def test_a_placeholder_is_missing(column, values):
    assert feature(column, **values) is None


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("first_name", {"first_name": "Testa"}),
        ("first_name", {"first_name": "Babette"}),
        ("first_name", {"first_name": "Patience"}),
        ("last_name", {"last_name": "Boyd"}),
        ("birth_date", {"birth_date": "1900-02-01"}),
        ("nullif(len(ssns), 0)", {"identifiers": [number("ssn", "900-12-3456")]}),
        ("nullif(len(key_phone), 0)", {"phones": ["+16175550123"]}),
    ],
)
def test_a_value_that_resembles_a_placeholder_stays(column, values):
    assert feature(column, **values) is not None


def test_words_of_an_address_have_one_spelling():
    spellings = ["12 North Oak Street", "12 N. Oak St.", "12 N OAK STR"]
    assert {tuple(feature("street_lines", addresses=home(line))) for line in spellings} == {
        ("12 n oak st",)
    }


def test_a_patient_with_two_phones_is_found_by_each():
    assert len(feature("key_phone", phones=["+16175550123", "+16175550124"])) == 2


def test_a_patient_of_whom_nothing_is_known_has_no_key_and_no_fault():
    connection = duckdb.connect()
    nothing = dict.fromkeys(
        ("first_name", "last_name", "birth_date", "birth_year", "gender", "addresses", "phones",
         "emails", "identifiers", "policies")
    )  # fmt: skip
    features_of(connection, [patient(1, **nothing)], "features")
    assert connection.execute(keys_query("features")).fetchall() == []


def test_keys_of_different_rules_never_meet():
    connection = duckdb.connect()
    rich = patient(
        1, addresses=home(), phones=["+16175550123"], emails=["a@example.org"], policies=["P1"],
        identifiers=[number("ssn", "900123456"), number("mbi", "1EG4TE5MK73"), number("ehr", "1")],
    )  # fmt: skip
    features_of(connection, [rich], "features")
    rows = connection.execute(keys_query("features")).fetchall()
    rules_by_key = {}
    for _, rule, key in rows:
        rules_by_key.setdefault(key, set()).add(rule)
    assert all(len(rules) == 1 for rules in rules_by_key.values())
    assert {rule for _, rule, _ in rows} == set(RULES) - {"identifier"}
