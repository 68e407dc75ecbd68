"""Set-based matching gives what going through the file row by row gives."""

import os
from collections.abc import Iterator

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assets.matching.resolve import resolve
from schemas.catalogue import get_format
from tests.assets.matching.reference import (
    Answers,
    Person,
    identifiers_then_name,
    ids_of,
    is_placeholder,
    name_and_zip,
    name_hits,
    zip_hits,
)

EXAMPLES = int(os.environ.get("MATCHING_EXAMPLES", "75"))
"""More of them find rarer orders of rows; 2,000 take some minutes."""
MANY = settings(
    max_examples=EXAMPLES,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def _stored(people: list[Person]) -> dict[str, Person]:
    return {f"00000000-0000-7000-8000-{i:012}": person for i, person in enumerate(people)}


NAMES = st.sampled_from(["ann|lee|1", "bob|kay|2", "ann|kay|1", "babyboy|lee|1"])
ZIPS = st.lists(st.sampled_from(["10001", "20002", "30003", "40004"]), max_size=3, unique=True)


def one_of(*values: str) -> st.SearchStrategy[str | None]:
    return st.none() | st.sampled_from(values)


CARE_ROWS = st.lists(
    st.builds(Person, NAMES, one_of("E1", "E2", "E3", "E4"), one_of("M1", "M2", "M3")),
    min_size=1,
    max_size=12,
)
ALIASES = st.lists(
    st.sampled_from([("ehr", "E3"), ("ehr", "E4"), ("mbi", "M2"), ("mbi", "M3")]), max_size=2
).map(tuple)
CARE_STORED = st.lists(
    st.builds(
        Person, NAMES, one_of("E1", "E2", "E3"), one_of("M1", "M2"), also=st.just(()) | ALIASES
    ),
    max_size=3,
).map(lambda people: _stored(_without_repeated_ids(people)))
ZIP_ROWS = st.lists(
    st.builds(Person, NAMES, zips=ZIPS.filter(len).map(tuple)), min_size=1, max_size=12
)
ZIP_STORED = st.lists(st.builds(Person, NAMES, zips=ZIPS.map(tuple)), max_size=3).map(_stored)


def _without_repeated_ids(people: list[Person]) -> list[Person]:
    """In a registry an identifier belongs to one patient."""
    seen: set[tuple[str, str]] = set()
    kept = []
    for person in people:
        held = [*ids_of(person)]
        if not set(held) & seen and len(held) == len(set(held)):
            kept.append(person)
            seen |= set(held)
    return kept


@pytest.fixture(scope="module")
def engine() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(config={"threads": 1}) as connection:
        yield connection


@MANY
@given(rows=CARE_ROWS, stored=CARE_STORED)
def test_identifiers_then_names_give_what_going_row_by_row_gives(engine, rows, stored):
    fill(engine, "thoroughcare", rows, stored)
    resolve(engine, get_format("thoroughcare"), "person.line::VARCHAR")
    assert answers(engine) == identifiers_then_name(rows, stored)


@MANY
@given(rows=ZIP_ROWS, stored=ZIP_STORED)
def test_names_with_several_zips_give_what_going_row_by_row_gives(engine, rows, stored):
    fill(engine, "metriport", rows, stored)
    resolve(engine, get_format("metriport"), "person.line::VARCHAR")
    assert answers(engine) == name_and_zip(rows, stored)


def test_of_several_patients_of_the_same_file_a_row_is_the_oldest(engine):
    homes = (("20002",), ("10001",), ("20002", "30003"), ("10001", "30003"))
    rows = [Person("bob", zips=zips) for zips in homes]
    fill(engine, "metriport", rows, {})
    resolve(engine, get_format("metriport"), "person.line::VARCHAR")
    assert answers(engine).patients == {2: 2, 3: 3, 4: 2, 5: 2}
    assert engine.execute("FROM ambiguous_match").fetchall() == [(5, 2)]


def test_a_row_that_matches_two_stored_patients_has_their_number(engine):
    stored = _stored([Person("ann"), Person("ann")])
    fill(engine, "thoroughcare", [Person("ann"), Person("bob")], stored)
    resolve(engine, get_format("thoroughcare"), "person.line::VARCHAR")
    assert answers(engine).patients == {2: min(stored), 3: 3}
    assert engine.execute("FROM ambiguous_match").fetchall() == [(2, 2)]


def test_a_file_of_namesakes_with_ids_of_their_own_takes_one_walk(engine):
    # Placeholder names ("TEST PATIENT") come by the thousand; one pass a row would take hours.
    rows = [Person("ann", ehr=f"E{i}") for i in range(4_000)]
    fill(engine, "thoroughcare", rows, {})
    resolve(engine, get_format("thoroughcare"), "person.line::VARCHAR")
    found = answers(engine)
    assert found.patients == {line: line for line in range(2, 4_002)}
    assert set(found.alone.values()) == {2}


def fill(engine, format_name: str, rows: list[Person], stored: dict[str, Person]) -> None:
    """The tables that `make_keys` and `fetch_candidates` leave for `resolve`."""
    keys, hits = [], []
    for line, row in enumerate(rows, 2):
        if format_name == "metriport":
            if is_placeholder(row.name):
                continue
            keys += [(line, 0, f"{row.name}|{code}") for code in row.zips]
            hits += [(line, 0, who) for who in zip_hits(row, stored)]
            continue
        for tier, system in enumerate(("ehr", "mbi")):
            value = getattr(row, system)
            if value is not None:
                keys.append((line, tier, value))
                holders = [who for who, each in stored.items() if (system, value) in ids_of(each)]
                hits += [(line, tier, who) for who in holders]
        if is_placeholder(row.name):
            continue
        keys.append((line, 2, row.name))
        hits += [(line, 2, who) for who in name_hits(row, stored)]
    held = [*{(who, system) for who, each in stored.items() for system, _ in ids_of(each)}]
    people = [(line, 0, row.name) for line, row in enumerate(rows, 2)]
    table(engine, "person", "line INTEGER, name_key BIGINT, person VARCHAR", people)
    table(engine, "row_key", "line INTEGER, tier TINYINT, value VARCHAR", keys)
    table(engine, "stored_hit", "line INTEGER, tier TINYINT, patient_id VARCHAR", hits)
    table(engine, "stored_identifier", "patient_id VARCHAR, system VARCHAR", held)
    named = [(who, each.name) for who, each in stored.items()]
    table(engine, "stored_person", "patient_id VARCHAR, person VARCHAR", named)


def table(engine, name: str, columns: str, rows: list[tuple[object, ...]]) -> None:
    engine.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({columns})")
    if rows:
        marks = ", ".join("?" * len(rows[0]))
        filled = ", ".join([f"({marks})"] * len(rows))
        values = [value for row in rows for value in row]
        engine.execute(f"INSERT INTO {name} VALUES {filled}", values)


def answers(engine) -> Answers:
    """What resolve left: new patients are known by the line that creates them."""
    assigned = engine.execute("SELECT line, patient_id, root FROM assigned").fetchall()
    assert len({line for line, *_ in assigned}) == len(assigned), "a line has two patients"
    for line, who, root in assigned:
        assert _who(who) == (root or who), f"line {line} is rooted elsewhere"
    conflicts = engine.execute("FROM conflict").fetchall()
    alone = engine.execute("FROM vetoed_match").fetchall()
    changed = engine.execute("FROM identity_change").fetchall()
    return Answers(
        {line: _who(who) for line, who, _ in assigned},
        {line: {_who(who), _who(other)} for line, who, other in conflicts},
        {line: _who(who) for line, who in alone},
        {line: _who(who) for line, who in changed},
    )


def _who(patient_id: str) -> str | int:
    return int(patient_id) if patient_id.isdigit() else patient_id
