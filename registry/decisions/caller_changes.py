"""Values of patients that an API caller sets without a row: memberships, and that one is deleted.

A caller's change is one change set, which the history shows as a caller's. It is newer than all
that was received before it: a file that is worked off later does not take it back.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Literal
from uuid import UUID

from psycopg import Connection

from registry.accounts.accounts import Account
from registry.accounts.cohorts import get_cohort
from registry.accounts.facilities import get_facility
from registry.database.account_lock import lock_account
from registry.database.statements import Statements
from registry.decisions.change_sets import open_change_set, write_change_set
from registry.ids import new_id
from registry.patients.patients import read_patient
from schemas.errors import NotAllowed

_SQL = Statements(__file__)

Group = Literal["cohort", "facility"]


def add_to_cohort(
    connection: Connection,
    account: Account,
    cohort_id: UUID,
    patients: Sequence[UUID] | None,
    now: datetime,
) -> int:
    """Add patients to a cohort, all of the account where `patients` is None; the caller commits.

    Returns:
        How many were not in it before.

    Raises:
        NotFound: the account has no such cohort, or no such patient.
    """
    return _change_members(connection, account, cohort_id, patients, now, joins=True)


def remove_from_cohort(
    connection: Connection,
    account: Account,
    cohort_id: UUID,
    patients: Sequence[UUID] | None,
    now: datetime,
) -> int:
    """Take patients out of a cohort, all of them where `patients` is None; the caller commits.

    Returns:
        How many were in it before.

    Raises:
        NotFound: the account has no such cohort, or no such patient.
    """
    return _change_members(connection, account, cohort_id, patients, now, joins=False)


def add_patient_to_cohorts(
    connection: Connection,
    account: Account,
    patient_id: UUID,
    cohort_ids: Sequence[UUID],
    now: datetime,
) -> UUID:
    """Add a patient to several cohorts; the caller commits.

    Returns:
        The id of the patient whom the given id leads to.

    Raises:
        NotFound: the account has no such patient, or no such cohort.
    """
    lock_account(connection, account.id)
    patient = read_patient(connection, account.id, patient_id)
    for each in cohort_ids:
        get_cohort(connection, account, each)
    open_change_set(connection)
    for place, each in enumerate(_each_once(cohort_ids)):
        if each not in patient.cohort_ids:
            _note(connection, patient.id, _member("cohort", each), None, str(each), place)
    _write(connection, account, now)
    return patient.id


def remove_cohort(connection: Connection, account: Account, cohort_id: UUID, now: datetime) -> None:
    """Take all patients out of a cohort, and remove it; the caller commits.

    Raises:
        NotFound: the account has no such cohort.
    """
    remove_from_cohort(connection, account, cohort_id, None, now)
    connection.execute("UPDATE cohort SET removed_at = %s WHERE id = %s", (now, cohort_id))


def set_facilities(
    connection: Connection,
    account: Account,
    patient_id: UUID,
    facility_ids: Sequence[UUID],
    now: datetime,
) -> UUID:
    """Make these the patient's facilities, and no others; the caller commits.

    Returns:
        The id of the patient whom the given id leads to.

    Raises:
        NotFound: the account has no such patient, or no such facility.
        NotAllowed: there is no facility among them.
    """
    if not facility_ids:
        raise NotAllowed("a patient has at least one facility")
    lock_account(connection, account.id)
    for each in facility_ids:
        get_facility(connection, account, each)
    patient = read_patient(connection, account.id, patient_id)
    open_change_set(connection)
    for place, joined in enumerate(_each_once(facility_ids)):
        if joined not in patient.facility_ids:
            _note(connection, patient.id, _member("facility", joined), None, str(joined), place)
    for left in patient.facility_ids:
        if left not in facility_ids:
            _note(connection, patient.id, _member("facility", left), str(left), None)
    _write(connection, account, now)
    return patient.id


def withdraw(connection: Connection, account: Account, patient_id: UUID, now: datetime) -> None:
    """Note that a caller deleted the patient; the caller commits.

    Nothing is erased. From now on the patient is in no list and no answer of the API, and no
    documents are asked for. docs/decisions/007-http.md has the rule.

    Raises:
        NotFound: the account has no such patient.
    """
    lock_account(connection, account.id)
    patient = read_patient(connection, account.id, patient_id)
    open_change_set(connection)
    _note(connection, patient.id, "withdrawn", None, "true")
    _write(connection, account, now)


def bring_back(connection: Connection, account: Account, patient_id: UUID, now: datetime) -> None:
    """Take the deletion of a patient back, whom a caller created anew; the caller commits."""
    lock_account(connection, account.id)
    row = connection.execute(
        "SELECT withdrawn FROM patient WHERE account_id = %s AND id = %s", (account.id, patient_id)
    ).fetchone()
    if row is None or not row[0]:
        return
    open_change_set(connection)
    _note(connection, patient_id, "withdrawn", "true", None)
    _write(connection, account, now)


def _change_members(
    connection: Connection,
    account: Account,
    cohort_id: UUID,
    patients: Sequence[UUID] | None,
    now: datetime,
    *,
    joins: bool,
) -> int:
    lock_account(connection, account.id)
    get_cohort(connection, account, cohort_id)
    chosen = None
    if patients is not None:
        chosen = [read_patient(connection, account.id, each).id for each in _each_once(patients)]
    open_change_set(connection)
    about = {
        "account": account.id,
        "cohort": cohort_id,
        "address": _member("cohort", cohort_id),
        "patients": chosen,
    }
    statement = _SQL["note_new_members" if joins else "note_former_members"]
    count = connection.execute(statement, about).rowcount
    _write(connection, account, now)
    return count


def _member(group: Group, group_id: UUID) -> str:
    """The address of a membership: `cohort/<id>/cohort_id`."""
    return f"{group}/{group_id}/{group}_id"


def _each_once(ids: Iterable[UUID]) -> list[UUID]:
    return list(dict.fromkeys(ids))


def _note(
    connection: Connection,
    patient_id: UUID,
    address: str,
    old: str | None,
    new: str | None,
    place: int = 0,
) -> None:
    connection.execute(
        "INSERT INTO fact_change (patient_id, address, old, new, place)"
        " VALUES (%s, %s, %s, %s, %s)",
        (patient_id, address, old, new, place),
    )


def _write(connection: Connection, account: Account, now: datetime) -> None:
    row = connection.execute("SELECT 1 FROM fact_change LIMIT 1").fetchone()
    if row is None:
        return
    (at,) = connection.execute(
        _SQL["choose_time_of_change"], {"account": account.id, "now": now}
    ).fetchall()[0]
    write_change_set(connection, account.id, new_id(now), at)
