"""Patients read back as they were imported, matched as a file would match them."""

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from registry.accounts.accounts import add_account, add_cohort, add_facility
from registry.patients.patients import (
    Chosen,
    Person,
    list_patients,
    match_patient,
    read_patient,
    set_opt_out,
)
from rosters.value_macros import load_macros
from schemas.errors import NotFound
from schemas.name_folding import fold, name_key
from tests.importing import process, put

HEADER = (
    "id,firstName,lastName,dob,gender,addressLine1,addressLine2,city,state,zip,phone,email,ssn,"
    "driversLicenseNo,driversLicenseState,cohort\n"
)
NOW = datetime(2026, 11, 20, 12, tzinfo=UTC)
ADA = Person("ADA", "o sample", date(1980, 2, 1), "F", frozenset({"02101"}))


@pytest.fixture
def account(connection):
    return add_account(connection, "harbor", "metriport", cadence="on_arrival")


@pytest.fixture
def imported(database, connection, account, tmp_path):
    facility = add_facility(connection, account, "Main Street")
    cohort = add_cohort(connection, account, "Diabetes")
    rows = (
        "X-1,Ada,O'Sample,1980-02-01,F,1 Main St,,Boston,MA,02101,6175550100,ada@example.com,"
        f"900000001,d123,ma,{cohort.id}\n"
        "X-2,Ben,Sample,1970-02-01,M,2 Main St,Apt 4,Boston,MA,02102,,,,,,\n"
    )
    received = put(database, connection, account, HEADER + rows, folder=tmp_path)
    done = process(database, connection, received)
    connection.commit()
    assert done.outcomes == ["created", "created"]
    return done, facility, cohort


def test_a_patient_is_read_back_with_all_parts(connection, account, imported):
    done, facility, cohort = imported
    ada = read_patient(connection, account.id, done.patient(2))
    assert (ada.external_id, ada.first_name, ada.last_name) == ("X-1", "Ada", "O'Sample")
    assert (ada.birth_date, ada.gender, ada.hie_opt_out) == (date(1980, 2, 1), "F", False)
    assert [address["city"] for address in ada.addresses] == ["Boston"]
    assert ada.contacts == [{"phone": "+16175550100", "email": "ada@example.com"}]
    assert ada.identifiers == [
        {"system": "ssn", "value": "900000001", "state": None},
        {"system": "license", "value": "D123", "state": "MA"},
    ]
    assert (ada.facility_ids, ada.cohort_ids) == ([facility.id], [cohort.id])


def test_patients_are_listed_in_pages_that_miss_none(connection, account, imported):
    done, _, _ = imported
    (first,) = list_patients(connection, account.id, 1)
    (second,) = list_patients(connection, account.id, 1, after=first.id)
    assert [first.id, second.id] == [done.patient(2), done.patient(3)]
    assert list_patients(connection, account.id, 1, after=second.id) == []


def test_another_account_sees_none_of_them(connection, imported):
    done, _, _ = imported
    other = add_account(connection, "bay", "metriport")
    assert list_patients(connection, other.id, 9) == []
    with pytest.raises(NotFound):
        read_patient(connection, other.id, done.patient(2))
    with pytest.raises(NotFound):
        match_patient(connection, other.id, ADA)
    with pytest.raises(NotFound):
        set_opt_out(connection, other.id, done.patient(2), NOW, opt_out=True)


def test_demographics_find_whom_a_file_would_update(connection, account, imported):
    done, _, _ = imported
    assert match_patient(connection, account.id, ADA).id == done.patient(2)


@pytest.mark.parametrize(
    "other",
    [
        Person("Ava", "O'Sample", date(1980, 2, 1), "F", frozenset({"02101"})),
        Person("Ada", "O'Sample", date(1980, 2, 2), "F", frozenset({"02101"})),
        Person("Ada", "O'Sample", date(1980, 2, 1), "U", frozenset({"02101"})),
        Person("Ada", "O'Sample", date(1980, 2, 1), "F", frozenset({"99501"})),
    ],
    ids=["name", "birth", "gender", "zip"],
)
@pytest.mark.usefixtures("imported")
def test_one_thing_that_differs_is_no_match(connection, account, other):
    with pytest.raises(NotFound):
        match_patient(connection, account.id, other)


def test_opting_out_is_kept_in_the_history_and_once(connection, account, imported):
    done, _, _ = imported
    patient = done.patient(2)
    for _ in range(2):
        set_opt_out(connection, account.id, patient, NOW, opt_out=True)
    assert read_patient(connection, account.id, patient).hie_opt_out
    changes = connection.execute(
        "SELECT changes FROM patient_change WHERE patient_id = %s AND attempt = 0", (patient,)
    ).fetchall()
    assert changes == [({"hie_opt_out": ["false", "true"]},)]
    with pytest.raises(NotFound):
        set_opt_out(connection, account.id, uuid4(), NOW, opt_out=True)


def test_what_a_person_set_beats_files_received_before_and_not_those_after(
    database, connection, account, tmp_path
):
    def receive(day, opted_out):
        content = (
            "firstName,lastName,dob,gender,addressLine1,city,state,zip,hieOptOut\n"
            f"Ada,Sample,1980-02-01,F,1 Main St,Boston,MA,02101,{opted_out}\n"
        )
        at = NOW + timedelta(days=day)
        return put(database, connection, account, content, folder=tmp_path, received_at=at)

    first = process(database, connection, receive(0, "false"))
    patient = first.patient(2)
    set_opt_out(connection, account.id, patient, NOW + timedelta(days=2), opt_out=True)
    connection.commit()
    for late in (
        process(database, connection, first.imported, again=True),
        process(database, connection, receive(1, "false")),
    ):
        assert late.outcomes == ["unchanged"]
        assert late.messages(2)[0] == "hie_opt_out: kept newer value from a person"
        assert read_patient(connection, account.id, patient).hie_opt_out
    newer = process(database, connection, receive(3, "false"))
    assert newer.outcomes == ["updated"]
    assert not read_patient(connection, account.id, patient).hie_opt_out


@pytest.fixture(scope="module")
def stages():
    with duckdb.connect() as connection:
        load_macros(connection)
        yield connection


# Beyond these planes are scripts so new that DuckDB and Python know different ones.
NAMES = st.text(
    st.characters(max_codepoint=0xFFFF, exclude_characters="\x00", exclude_categories=["Cs"]),
    max_size=20,
)


@pytest.mark.slow
@settings(max_examples=200, deadline=None)
@given(first=NAMES, last=NAMES)
def test_one_person_folds_as_in_the_stages(stages, first, last):
    folded, key = stages.execute(
        "SELECT fold($1), name_key($1, $2, 1980, 'F')", [first, last]
    ).fetchone()
    assert (fold(first), name_key(first, last, 1980, "F")) == (folded, key)


def test_a_page_is_found_without_walking_past_other_accounts_patients(connection, account):
    crowd = add_account(connection, "crowd", "metriport")
    for owner, count in ((crowd, 20_000), (account, 2_000)):
        connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year,"
            " gender) SELECT lpad(to_hex(%s * 100000 + i), 32, '0')::uuid, %s, i, 'Ada', 'Sample',"
            " 1980, 'F' FROM generate_series(1, %s) AS i",
            (0 if owner is crowd else 1, owner.id, count),
        )
    connection.execute("ANALYZE patient")
    ((plan,),) = connection.execute(
        "EXPLAIN (ANALYZE, FORMAT JSON) SELECT id FROM patient"
        " WHERE account_id = %s AND id > %s ORDER BY id LIMIT 100",
        (account.id, UUID(int=0)),
    ).fetchall()
    assert plan[0]["Plan"]["Shared Hit Blocks"] + plan[0]["Plan"]["Shared Read Blocks"] < 50
    assert len(list_patients(connection, account.id, 100)) == 100


def test_a_page_of_a_facility_has_its_patients_only(connection, account, imported):
    done, facility, _ = imported
    other = add_facility(connection, account, "Harbor")
    connection.execute(
        "INSERT INTO patient_facility (patient_id, item, facility_id) VALUES (%s, %s, %s)",
        (done.patient(3), str(other.id), other.id),
    )
    found = list_patients(connection, account.id, 9, Chosen(facility_id=other.id))
    assert [each.id for each in found] == [done.patient(3)]
    of_first = list_patients(connection, account.id, 9, Chosen(facility_id=facility.id))
    assert [each.id for each in of_first] == [done.patient(2), done.patient(3)]
    of_other = Chosen(facility_id=other.id)
    assert list_patients(connection, account.id, 9, of_other, after=done.patient(2)) == found
    assert list_patients(connection, account.id, 9, Chosen(facility_id=uuid4())) == []


def test_a_namesake_at_another_address_is_not_taken_for_the_person(connection, account, imported):
    done, _, _ = imported
    ben = Person("Ben", "Sample", date(1970, 2, 1), "M", frozenset({"99501"}))
    with pytest.raises(NotFound, match="no patient matches"):
        match_patient(connection, account.id, ben)
    # A patient without an address is matched by names, birth date and gender alone.
    connection.execute("DELETE FROM patient_address WHERE patient_id = %s", (done.patient(3),))
    assert match_patient(connection, account.id, ben).id == done.patient(3)
