"""Patients read back, one at a time or in pages, and the one thing that a caller may set."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.database.account_lock import count_version, lock_account, next_version
from registry.ids import new_id
from registry.patients.merged_ids import survivor_of
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


_BEFORE_ALL = UUID(int=0)

# Items of contacts and identifiers say in their first part what they are (schemas/canonical.py).
_SELECT = """
SELECT p.id, p.first_name, p.last_name, p.birth_date, p.birth_year, p.gender,
    coalesce(p.hie_opt_out, false) AS hie_opt_out,
    (SELECT value FROM patient_identifier i WHERE i.patient_id = p.id AND i.item = 'external')
        AS external_id,
    coalesce((SELECT jsonb_agg(jsonb_build_object('line1', line1, 'line2', line2, 'city', city,
            'state', state, 'postal_code', postal_code) ORDER BY sequence)
        FROM patient_address a WHERE a.patient_id = p.id), '[]') AS addresses,
    coalesce((SELECT jsonb_agg(jsonb_build_object(split_part(item, '/', 1), value)
            ORDER BY sequence)
        FROM patient_contact c WHERE c.patient_id = p.id), '[]') AS contacts,
    coalesce((SELECT jsonb_agg(jsonb_build_object('system', split_part(item, '/', 1),
            'value', value, 'state', assigner) ORDER BY sequence)
        FROM patient_identifier i WHERE i.patient_id = p.id
            AND split_part(i.item, '/', 1) IN ('ssn', 'license')), '[]') AS identifiers,
    ARRAY(SELECT facility_id FROM patient_facility f WHERE f.patient_id = p.id ORDER BY sequence)
        AS facility_ids,
    ARRAY(SELECT cohort_id FROM patient_cohort o WHERE o.patient_id = p.id ORDER BY sequence)
        AS cohort_ids
FROM patient p
"""


def read_patient(connection: Connection, account_id: int, patient_id: UUID) -> Patient:
    """The account's patient to whom this id leads: the one who stayed, where they were merged.

    Raises:
        NotFound: there is none.
    """
    by_id = "WHERE p.account_id = %s AND p.id = %s"
    found = _read(connection, by_id, (account_id, patient_id))
    if not found:
        survivor = survivor_of(connection, account_id, patient_id)
        found = _read(connection, by_id, (account_id, survivor))
    if not found:
        raise _unknown()
    return found[0]


def list_patients(
    connection: Connection,
    account_id: int,
    count: int,
    after: UUID | None = None,
    facility_id: UUID | None = None,
) -> list[Patient]:
    """The account's patients, the first created first.

    With `after`, those that follow it; with `facility_id`, those of that facility.
    """
    of_facility = (
        " AND EXISTS (SELECT FROM patient_facility f"
        " WHERE f.patient_id = p.id AND f.facility_id = %(facility)s)"
    )
    return _read(
        connection,
        "WHERE p.account_id = %(account)s AND p.id > %(after)s"
        f"{of_facility if facility_id else ''} ORDER BY p.id LIMIT %(count)s",
        {
            "account": account_id,
            "after": after or _BEFORE_ALL,
            "facility": facility_id,
            "count": count,
        },
    )


def match_patient(connection: Connection, account_id: int, person: Person) -> Patient:
    """The patient whom a row of the Metriport format with these demographics would update.

    Names, birth date and gender equal, and a zip in common or no stored address; the oldest of
    several.

    Raises:
        NotFound: there is none.
    """
    key = name_key(person.first_name, person.last_name, person.birth_date.year, person.gender)
    namesakes = _read(
        connection,
        "WHERE p.account_id = %s AND p.name_key = %s AND p.birth_date = %s AND p.gender = %s"
        " ORDER BY p.id",
        (account_id, key, person.birth_date, person.gender),
    )
    found = next((each for each in namesakes if _is(each, person)), None)
    if found is None:
        raise NotFound("no patient matches")
    return found


def set_opt_out(
    connection: Connection, account_id: int, patient_id: UUID, now: datetime, *, opt_out: bool
) -> Patient:
    """Set whether the patient's documents may be asked for; the caller commits.

    The change is kept in the patient's history under an id that no import has, attempt 0.

    Returns:
        The patient to whom the id leads, as they were before.

    Raises:
        NotFound: the account has no such patient.
    """
    # As applying an import does: what is being decided from the old value is decided again.
    lock_account(connection, account_id)
    patient = read_patient(connection, account_id, patient_id)
    before = patient.hie_opt_out
    if before == opt_out:
        return patient
    connection.execute(
        "UPDATE patient SET hie_opt_out = %s WHERE account_id = %s AND id = %s",
        (opt_out, account_id, patient.id),
    )
    change = {"hie_opt_out": [str(before).lower(), str(opt_out).lower()]}
    connection.execute(
        "INSERT INTO patient_change (patient_id, import_id, attempt, line, received_at, changes,"
        " registry_version) VALUES (%s, %s, 0, 0, %s, %s, %s)",
        (patient.id, new_id(now), now, Jsonb(change), next_version(connection, account_id)),
    )
    count_version(connection, account_id)
    return patient


def _read(
    connection: Connection, where: str, values: Sequence[Any] | Mapping[str, Any]
) -> list[Patient]:
    with connection.cursor(row_factory=class_row(Patient)) as cursor:
        return cursor.execute(f"{_SELECT} {where}", values).fetchall()


def _is(patient: Patient, person: Person) -> bool:
    names = fold(patient.first_name), fold(patient.last_name)
    if names != (fold(person.first_name), fold(person.last_name)):
        return False
    zips = {(address["postal_code"] or "")[:5] for address in patient.addresses}
    return not zips or not zips.isdisjoint(person.zips)


def _unknown() -> NotFound:
    return NotFound("there is no such patient")
