import uuid

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from identity import score
from identity.comparisons import COMPARISONS
from identity.frequencies import MOST_HOLDERS, count_names
from identity.model import load_model
from identity.score import MOST_PER_KEY, score_pairs
from tests.identity.people import features_of, home, levels, number, patient, scored

MODEL = load_model()


def at_home(place):
    """What people of one home share; each place is another family."""
    return {
        "addresses": home(f"{place + 1} Oak Street"),
        "phones": [f"+1617555{place:04}"],
        "last_name": f"Kowal{'abcdefghijklmnop'[place]}ski",
    }


def evidence_by_pair(patients):
    """The level of each field, by the numbers of the two patients."""
    rows = scored(patients).select("patient_id", "other_patient_id", "evidence").rows()
    return {
        (one.int, other.int): {line["field"]: line["level"] for line in evidence}
        for one, other, evidence in map(as_ids, rows)
    }


def as_ids(row):
    one, other, rest = row
    return uuid.UUID(str(one)), uuid.UUID(str(other)), rest


HERE = {"addresses": home(), "phones": ["+16175550123"]}


GRADES = (
    ("first_name", "same", {"first_name": "Ana María"}, {"first_name": "ANA MARIA"}),
    ("first_name", "same", {"first_name": "Mary Ann"}, {"first_name": "Maryann"}),
    ("first_name", "nickname", {"first_name": "William"}, {"first_name": "Bill"}),
    ("first_name", "initial", {"first_name": "William"}, {"first_name": "W."}),
    ("first_name", "middle", {"first_name": "Ann Beatrix"}, {"first_name": "Beatrix"}),
    ("first_name", "keystroke", {"first_name": "Robert"}, {"first_name": "Rboert"}),
    ("first_name", "other", {"first_name": "Robert"}, {"first_name": "Julia"}),
    ("last_name", "same", {"last_name": "O'Brien"}, {"last_name": "OBRIEN"}),
    ("last_name", "same", {"last_name": "De la Cruz"}, {"last_name": "Delacruz"}),
    ("last_name", "part", {"last_name": "Smith-Jones"}, {"last_name": "Jones"}),
    ("last_name", "part", {"last_name": "Cruz"}, {"last_name": "De la Cruz"}),
    ("last_name", "keystroke", {"last_name": "Kowalski"}, {"last_name": "Kowalsky"}),
    ("last_name", "woman", {"last_name": "Kowalski"}, {"last_name": "Brown"}),
    ("last_name", "other", {"last_name": "Kowalski", "gender": "M"},
         {"last_name": "Brown", "gender": "M"}),
    ("middle_name", "initial", {"first_name": "Ann Beatrix"}, {"first_name": "Ann B."}),
    ("birth", "swapped", {"birth_date": "1980-02-03"}, {"birth_date": "1980-03-02"}),
    ("birth", "keystroke", {"birth_date": "1980-02-03"}, {"birth_date": "1980-02-13"}),
    ("birth", "year", {"birth_date": "1980-02-03"}, {"birth_date": None}),
    ("gender", "other", {"gender": "F"}, {"gender": "M"}),
    ("street", "same", {"addresses": home("12 Oak Street")}, {"addresses": home("12 Oak St.")}),
    ("street", "near", {"addresses": home("12 Oak Street")},
         {"addresses": home("12 Oka Street")}),
    ("town", "same", {"addresses": home()}, {"addresses": home("9 Elm Road")}),
    ("phone", "same", {"phones": ["+16175550123", "+16175550188"]},
         {"phones": ["+16175550188"]}),
    ("email", "same", {"emails": ["A@example.org"]}, {"emails": ["a@example.org"]}),
    ("ssn", "last4", {"identifiers": [number("ssn", "900123456")]},
         {"identifiers": [number("ssn", "3456")]}),
    ("ssn", "keystroke", {"identifiers": [number("ssn", "900123456")]},
         {"identifiers": [number("ssn", "900123465")]}),
    ("policy", "same", {"policies": ["P1"]}, {"policies": ["p1"]}),
)  # fmt: skip
"""(field, level, what one patient has, what the other has)."""


@pytest.fixture(scope="module")
def grades():
    """Evidence of each case of GRADES, all scored at once: Splink takes a second each time."""
    patients = [
        patient(2 * place + side, **values)
        for place, (_, _, *pair) in enumerate(GRADES)
        for side, values in enumerate(pair)
    ]
    return evidence_by_pair(patients)


@pytest.mark.parametrize("place", range(len(GRADES)), ids=[f"{f} {g}" for f, g, *_ in GRADES])
def test_a_comparison_finds_the_grade_of_likeness(grades, place):
    field, level, *_ = GRADES[place]
    assert grades[2 * place, 2 * place + 1][field] == level


def test_swapped_names_are_one_line_of_evidence():
    one = patient(1, first_name="Maria", last_name="Kowalski")
    other = patient(2, first_name="Kowalski", last_name="Maria")
    found = levels(one, other)
    assert found["first_name"] == "swapped"
    assert "last_name" not in found


MISSING = (
    ("first_name", {"first_name": "Baby Girl"}),
    ("birth", {"birth_date": "1900-01-01"}),
    ("gender", {"gender": "U"}),
    ("phone", {"phones": []}),
    ("street", {"addresses": []}),
    ("ssn", {"identifiers": [number("ssn", "999999999")]}),
)


def test_missing_is_missing_and_never_disagreement():
    full = HERE | {"emails": ["a@example.org"], "identifiers": [number("ssn", "900123456")]}
    lacking = [patient(n, **full | values) for n, (_, values) in enumerate(MISSING, start=1)]
    found = evidence_by_pair([patient(0, **full), *lacking])
    for place, (field, _) in enumerate(MISSING, start=1):
        assert field not in found[0, place]


def test_a_phone_or_an_e_mail_of_more_patients_than_a_family_has_counts_as_missing():
    of_clinic = {"phones": ["+16175550100"], "emails": ["desk@clinic.example"]}
    of_family = {"phones": ["+16175550123"], "emails": ["home@family.example"]}
    many = [patient(n, **of_clinic) for n in range(MOST_HOLDERS + 1)]
    few = [patient(100 + n, **of_family) for n in range(MOST_HOLDERS - 1)]
    both = {name: of_clinic[name] + of_family[name] for name in of_clinic}
    found = evidence_by_pair([*many[1:], *few[1:], patient(0, **both), patient(100, **both)])
    assert not {"phone", "email"} & found[1, 2].keys()
    assert not {"phone", "email"} & found[0, 1].keys()
    assert (found[101, 102]["phone"], found[101, 102]["email"]) == ("same", "same")
    assert found[100, 101]["phone"] == "same"


def test_a_rare_name_says_more_than_a_common_one():
    def weight(last_name):
        pair = [patient(n, last_name=last_name) for n in (1, 2)]
        return scored(pair)["weight"].item()

    assert weight("Kahananui") > weight("Smith") + 3


def test_the_weight_is_the_prior_and_the_sum_of_the_evidence():
    [row] = scored([patient(1, **HERE), patient(2, **HERE)]).to_dicts()
    evidence = sum(line["weight"] for line in row["evidence"])
    odds = min(MODEL.duplicates / 1, 0.5)
    assert odds == 0.5  # so the prior's weight is 0
    assert row["weight"] == pytest.approx(evidence, abs=0.1)


def test_in_a_larger_registry_a_pair_needs_more_evidence():
    connection = duckdb.connect()
    features_of(connection, [patient(1), patient(2)], "features")
    weights = []
    for patients in (1_000, 1_000_000):
        score_pairs(connection, "features", "features", MODEL, -60, patients=patients)
        [(weight,)] = connection.execute("SELECT weight FROM scored_pair").fetchall()
        weights.append(weight)
    assert weights[0] - weights[1] == pytest.approx(9.97, abs=0.01)  # log2(1000)


VETOED = {
    "another Medicare ID": (
        {"identifiers": [number("mbi", "1EG4TE5MK73")]},
        {"identifiers": [number("mbi", "9AC8XY7PQ12")]},
    ),
    "another SSN": (
        {"identifiers": [number("ssn", "900123456")]},
        {"identifiers": [number("ssn", "911456789")]},
    ),
    "another EHR ID": (
        {"identifiers": [number("ehr", "1")]},
        {"identifiers": [number("ehr", "2")]},
    ),
    "Jr. and Sr.": ({"last_name": "King Jr."}, {"last_name": "King Sr."}),
    "twins": ({"first_name": "Robert"}, {"first_name": "Julia"}),
    "twins of one sex": ({"first_name": "Emma"}, {"first_name": "Olivia"}),
    "siblings": (
        {"first_name": "Emma", "birth_date": "2015-05-06"},
        {"first_name": "Olivia", "birth_date": "2012-11-20"},
    ),
    "father and son of one name": ({"birth_date": "1950-05-06"}, {"birth_date": "1978-11-20"}),
}


@pytest.fixture(scope="module")
def pairs_of_cases():
    """Which pairs of VETOED and CAUTIOUS are scored, with their caution; each has its own home."""
    patients = [
        patient(2 * place + side, **at_home(place) | values)
        for place, pair in enumerate((*VETOED.values(), *CAUTIOUS.values()))
        for side, values in enumerate(pair)
    ]
    rows = scored(patients).select("patient_id", "other_patient_id", "caution").rows()
    return {(one.int, other.int): caution for one, other, caution in map(as_ids, rows)}


@pytest.mark.parametrize("place", range(len(VETOED)), ids=VETOED)
def test_no_score_beats_a_veto(pairs_of_cases, place):
    assert (2 * place, 2 * place + 1) not in pairs_of_cases


def test_vetoed_pairs_are_counted_by_the_veto():
    connection = duckdb.connect()
    one, other = VETOED["twins"]
    features_of(connection, [patient(1, **HERE | one), patient(2, **HERE | other)], "features")
    assert score_pairs(connection, "features", "features", MODEL, -60).vetoed == {"twins": 1}


MISTYPED = (
    ("900123456", "900123457"),  # a digit
    ("900123456", "900123465"),  # two swapped
    ("900123456", "3456"),  # the last four
    ("1234567", "7654321"),  # no American number
)


def test_a_number_that_may_be_mistyped_is_no_veto():
    patients = [
        patient(2 * place + side, **at_home(place), identifiers=[number("ssn", ssn)])
        for place, pair in enumerate(MISTYPED)
        for side, ssn in enumerate(pair)
    ]
    found = evidence_by_pair(patients)
    assert all((2 * place, 2 * place + 1) in found for place in range(len(MISTYPED)))


CAUTIOUS = {
    "a newborn without a name": ({"first_name": "Baby Girl"}, {"first_name": "Emma"}),
    "twins with similar names": ({"first_name": "Jayden"}, {"first_name": "Kayden"}),
    "twins of unknown sex": (
        {"first_name": "Emma", "gender": "U"},
        {"first_name": "Olivia"},
    ),
    "one name, another birth date": (
        {"birth_date": "1980-02-03"},
        {"birth_date": "1987-11-20"},
    ),
}


@pytest.mark.parametrize("place", range(len(CAUTIOUS)), ids=CAUTIOUS)
def test_a_person_looks_at_what_may_be_two_people(pairs_of_cases, place):
    first = 2 * (len(VETOED) + place)
    assert pairs_of_cases[first, first + 1] is not None


def test_the_same_values_need_no_caution():
    assert scored([patient(1, **HERE), patient(2, **HERE)])["caution"].to_list() == [None]


def test_evidence_is_in_the_order_of_the_comparisons_and_in_words():
    [row] = scored([patient(1, **HERE), patient(2, **HERE)]).to_dicts()
    fields = [line["field"] for line in row["evidence"]]
    assert fields == [each.name for each in COMPARISONS if each.name in fields]
    assert all(line["words"] and line["title"] for line in row["evidence"])


def test_each_pair_is_there_once_whichever_side_asks():
    connection = duckdb.connect()
    features_of(connection, [patient(2, **HERE)], "asked")
    features_of(connection, [patient(n, **HERE) for n in (1, 2, 3)], "stored")
    score_pairs(connection, "asked", "stored", MODEL, -60)
    pairs = connection.execute("SELECT patient_id, other_patient_id FROM scored_pair").fetchall()
    assert sorted((one.int, other.int) for one, other in pairs) == [(1, 2), (2, 3)]


def test_a_pair_of_the_same_file_is_found():
    connection = duckdb.connect()
    features_of(connection, [patient(1), patient(2)], "features")
    assert score_pairs(connection, "features", "features", MODEL, -60).scored == 1


def test_nothing_but_the_result_and_temporary_tables_is_left_behind():
    connection = duckdb.connect()
    features_of(connection, [patient(1), patient(2)], "features")
    score_pairs(connection, "features", "features", MODEL, -60)
    kept = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE NOT temporary ORDER BY 1"
    ).fetchall()
    assert kept == [("features",), ("scored_pair",)]


def test_a_registry_of_one_patient_has_no_pairs():
    assert scored([patient(1)]).is_empty()


def test_an_empty_registry_has_no_pairs():
    assert scored([]).is_empty()


def test_a_registry_of_identical_records_has_all_pairs():
    assert len(scored([patient(n, **HERE) for n in range(5)])) == 10


def test_ten_thousand_people_of_one_name_are_bounded():
    connection = duckdb.connect()
    features_of(connection, [patient(1, first_name="John", last_name="Smith")], "one")
    connection.execute(
        "CREATE TABLE smiths AS SELECT one.* REPLACE (md5(n::VARCHAR)::UUID AS patient_id)"
        " FROM one, range(10_000) AS person (n)"
    )
    summary = score_pairs(connection, "smiths", "smiths", MODEL, MODEL.review)
    assert summary.compared == 0
    assert summary.common_keys["names_year"] == 1
    assert MOST_PER_KEY < 10_000


def test_names_of_the_whole_registry_are_counted_and_not_those_of_the_candidates():
    connection = duckdb.connect()
    registry = [patient(n, last_name="Kahananui" if n < 90 else "Smith") for n in range(100)]
    features_of(connection, registry, "registry")
    count_names(connection, MODEL, "registry")
    [(common,)] = connection.execute(
        "SELECT frequency FROM name_frequency WHERE field = 'last_name' AND name = 'kahananui'"
    ).fetchall()
    count_names(connection, MODEL)
    assert connection.execute(
        "SELECT frequency FROM name_frequency WHERE name = 'kahananui' AND field = 'last_name'"
        " AND frequency >= $common", {"common": common},
    ).fetchall() == []  # fmt: skip


_FIRSTS = st.sampled_from(["Maria", "Mario", "Marie", "John", "Jon", "Baby Boy", "Bill", "William"])
_LASTS = st.sampled_from(["Kowalski", "Kowalsky", "Smith", "Smith-Jones", "De la Cruz", "Cruz Jr."])
_DATES = st.sampled_from(["1980-02-03", "1980-03-02", "1980-02-13", "1900-01-01", "1955-07-08"])
_PEOPLE = st.lists(st.tuples(_FIRSTS, _LASTS, _DATES, st.sampled_from("MFU")), max_size=8)


@pytest.mark.slow
@settings(max_examples=6, deadline=None)
@given(people=_PEOPLE, order=st.randoms(use_true_random=False), threads=st.integers(1, 4))
def test_scores_do_not_depend_on_the_order_of_rows_or_the_number_of_threads(people, order, threads):
    patients = [
        patient(n, first_name=first, last_name=last, birth_date=born, gender=gender, **HERE)
        for n, (first, last, born, gender) in enumerate(people, start=1)
    ]
    shuffled = list(patients)
    order.shuffle(shuffled)
    found = []
    for rows, count in ((patients, 1), (shuffled, threads)):
        connection = duckdb.connect(config={"threads": count})
        features_of(connection, rows, "features")
        score.score_pairs(connection, "features", "features", MODEL, -60)
        found.append(connection.execute("FROM scored_pair").fetchall())
    assert found[0] == found[1]
