"""Patients read back, one at a time or in pages, and the one value that a caller may set."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.database.account_lock import count_version, lock_account, next_version
from registry.database.statements import Statements
from registry.ids import new_id
from registry.patients.filters import condition_of, read_filter, values_of
from registry.patients.merged_ids import surviving_patient
from schemas.errors import NotFound
from schemas.name_folding import fold, name_key


@dataclass(frozen=True)
class Patient:
    """A patient with the parts that a caller sees; the lists hold JSON objects and ids."""

    id: UUID
    external_id: str | None
    first_name: str
    last_name: str
    birth_date: date | None
    birth_year: int
    gender: str
    hie_opt_out: bool
    addresses: list[dict[str, str | None]]
    contacts: list[dict[str, str]]
    identifiers: list[dict[str, str | None]]
    facility_ids: list[UUID]
    cohort_ids: list[UUID]


@dataclass(frozen=True)
class Person:
    """Demographics to match a patient by; zips have five digits."""

    first_name: str
    last_name: str
    birth_date: date
    gender: str
    zips: frozenset[str]


@dataclass(frozen=True)
class Chosen:
    """Which patients a list has: of a facility, of a cohort, those whom `filters` find.

    `registry/patients/filters.py` describes the search text.
    """

    facility_id: UUID | None = None
    cohort_id: UUID | None = None
    filters: str | None = None


ALL = Chosen()

_SQL = Statements(__file__)

# A patient whom a caller deleted is no patient of the API's.
_OF_ACCOUNT = "WHERE patient.account_id = %(account)s AND patient.withdrawn IS NOT TRUE"
_BY_ID = f"{_OF_ACCOUNT} AND patient.id = %(patient)s"
_BY_DEMOGRAPHICS = (
    f"{_OF_ACCOUNT} AND patient.name_key = %(name_key)s"
    " AND patient.birth_date = %(birth_date)s AND patient.gender = %(gender)s"
    " ORDER BY patient.id"
)
_OF_FACILITY = (
    " AND EXISTS (SELECT FROM patient_facility WHERE patient_facility.patient_id = patient.id"
    " AND patient_facility.facility_id = %(facility)s)"
)
_OF_COHORT = (
    " AND EXISTS (SELECT FROM patient_cohort WHERE patient_cohort.patient_id = patient.id"
    " AND patient_cohort.cohort_id = %(cohort)s)"
)


def read_patient(connection: Connection, account_id: int, patient_id: UUID) -> Patient:
    """The account's patient whom this id leads to: the surviving patient, after a merge.

    Raises:
        NotFound: there is none.
    """
    about = {"account": account_id, "patient": patient_id}
    found = _read(connection, _BY_ID, about)
    if not found:
        surviving = surviving_patient(connection, account_id, patient_id)
        found = _read(connection, _BY_ID, {**about, "patient": surviving})
    if not found:
        raise NotFound("there is no such patient")
    return found[0]


def list_patients(
    connection: Connection,
    account_id: int,
    count: int,
    chosen: Chosen = ALL,
    *,
    after: UUID | None = None,
    before: UUID | None = None,
) -> list[Patient]:
    """A page of the account's patients, the first created first.

    With `after`, the first ones that follow it; with `before`, the last ones that come before it.

    Raises:
        NotAllowed: the filters cannot be read.
    """
    conditions, about = _select_chosen(connection, account_id, chosen)
    about |= {"after": after, "before": before, "count": count}
    if before is not None:
        page = " AND patient.id < %(before)s ORDER BY patient.id DESC LIMIT %(count)s"
        return _read(connection, conditions + page, about)[::-1]
    start = " AND patient.id > %(after)s" if after else ""
    return _read(connection, f"{conditions}{start} ORDER BY patient.id LIMIT %(count)s", about)


def count_patients(connection: Connection, account_id: int, chosen: Chosen = ALL) -> int:
    """How many patients such a list has on all its pages."""
    conditions, about = _select_chosen(connection, account_id, chosen)
    row = connection.execute(f"SELECT count(*) FROM patient {conditions}", about).fetchone()
    return int(row[0]) if row else 0


def patient_by_external_id(connection: Connection, account_id: int, external_id: str) -> Patient:
    """The account's patient with this id of the sender's, or of a patient who was merged in.

    Raises:
        NotFound: there is none.
    """
    row = connection.execute(
        _SQL["find_by_external_id"], {"account": account_id, "external": external_id}
    ).fetchone()
    if row is None:
        raise NotFound("there is no patient with this externalId")
    return read_patient(connection, account_id, row[0])


def match_patient(connection: Connection, account_id: int, person: Person) -> Patient:
    """The patient whom a row of the Metriport format with these demographics would update.

    Names, birth date and gender equal, and a zip in common or no stored address; the oldest of
    several.

    Raises:
        NotFound: there is none.
    """
    about = {
        "account": account_id,
        "name_key": name_key(
            person.first_name, person.last_name, person.birth_date.year, person.gender
        ),
        "birth_date": person.birth_date,
        "gender": person.gender,
    }
    candidates = _read(connection, _BY_DEMOGRAPHICS, about)
    found = next((patient for patient in candidates if _matches(patient, person)), None)
    if found is None:
        raise NotFound("no patient matches")
    return found


def set_opt_out(
    connection: Connection, account_id: int, patient_id: UUID, now: datetime, *, opt_out: bool
) -> Patient:
    """Set whether the patient's documents may be asked for; the caller commits.

    The patient's history keeps the change under an id that no import has, as attempt 0.

    Returns:
        The patient whom the id leads to, as they were before.

    Raises:
        NotFound: the account has no such patient.
    """
    # The lock that applying an import takes. An import that was matched before this change is
    # matched again, because the account's version is counted up.
    lock_account(connection, account_id)
    patient = read_patient(connection, account_id, patient_id)
    if patient.hie_opt_out == opt_out:
        return patient
    # A patient of whom nobody said it yet had no value, rather than `false`: what the row brought
    # that created them is told from the old values of later changes.
    ((before,),) = connection.execute(
        "SELECT hie_opt_out::text FROM patient WHERE id = %s", (patient.id,)
    ).fetchall()
    change = new_id(now)
    about = {
        "account": account_id,
        "patient": patient.id,
        "opt_out": opt_out,
        "change": change,
        "now": now,
        "changes": Jsonb({"hie_opt_out": [before, str(opt_out).lower()]}),
        "version": next_version(connection, account_id),
    }
    connection.execute(
        "UPDATE patient SET hie_opt_out = %(opt_out)s, told = NULL"
        " WHERE account_id = %(account)s AND id = %(patient)s",
        about,
    )
    connection.execute(_SQL["insert_change_by_person"], about)
    count_version(connection, account_id, change)
    return patient


def _select_chosen(
    connection: Connection, account_id: int, chosen: Chosen
) -> tuple[str, dict[str, object]]:
    """The WHERE of a list, and its parameters."""
    about: dict[str, object] = {
        "account": account_id,
        "facility": chosen.facility_id,
        "cohort": chosen.cohort_id,
    }
    where = _OF_ACCOUNT
    if chosen.facility_id is not None:
        where += _OF_FACILITY
    if chosen.cohort_id is not None:
        where += _OF_COHORT
    if chosen.filters is not None:
        wanted = read_filter(chosen.filters)
        facilities = connection.execute(
            "SELECT id, name FROM facility WHERE account_id = %s", (account_id,)
        ).fetchall()
        where += f" AND {condition_of(wanted, facilities)}"
        about |= values_of(wanted, facilities)
    return where, about


def _read(connection: Connection, where: str, values: Mapping[str, object]) -> list[Patient]:
    with connection.cursor(row_factory=class_row(Patient)) as cursor:
        return cursor.execute(f"{_SQL['select_patients']} {where}", values).fetchall()


def _matches(patient: Patient, person: Person) -> bool:
    names = fold(patient.first_name), fold(patient.last_name)
    if names != (fold(person.first_name), fold(person.last_name)):
        return False
    zips = {(address["postal_code"] or "")[:5] for address in patient.addresses}
    return not zips or not zips.isdisjoint(person.zips)
