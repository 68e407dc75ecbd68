"""Facilities with all that callers of the API know of them.

Files refer to a facility by its id, and other modules need only its name
(`registry/accounts/accounts.py`). One that was removed stays in the table, because imports and the
history of patients name it.
"""

from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row
from psycopg.types.json import Jsonb

from registry.accounts.accounts import Account
from registry.database.account_lock import lock_account
from registry.ids import new_id
from schemas.errors import NotAllowed, NotFound


@dataclass(frozen=True)
class FacilityValues:
    """What a caller states; `address` has line1, line2, city, state and postal_code."""

    name: str
    npi: str | None = None
    tin: str | None = None
    active: bool = True
    address: dict[str, str | None] | None = None


@dataclass(frozen=True, kw_only=True)
class Facility(FacilityValues):
    """A facility of an account."""

    id: UUID


_COLUMNS = "id, name, npi, tin, active, address"
_IN_USE = "account_id = %(account)s AND removed_at IS NULL"


def list_facilities(connection: Connection, account: Account) -> list[Facility]:
    """The account's facilities, by name."""
    with connection.cursor(row_factory=class_row(Facility)) as cursor:
        return cursor.execute(
            f"SELECT {_COLUMNS} FROM facility WHERE {_IN_USE} ORDER BY name",
            {"account": account.id},
        ).fetchall()


def get_facility(connection: Connection, account: Account, facility_id: UUID) -> Facility:
    """The account's facility with this id.

    Raises:
        NotFound: there is none.
    """
    with connection.cursor(row_factory=class_row(Facility)) as cursor:
        found = cursor.execute(
            f"SELECT {_COLUMNS} FROM facility WHERE {_IN_USE} AND id = %(id)s",
            {"account": account.id, "id": facility_id},
        ).fetchone()
    if found is None:
        raise NotFound("there is no such facility")
    return found


def add_facility(
    connection: Connection, account: Account, values: FacilityValues, now: datetime
) -> Facility:
    """Create a facility; the caller commits.

    Raises:
        NotAllowed: the name is taken.
    """
    added = Facility(**asdict(values), id=new_id(now))
    try:
        with connection.transaction():
            connection.execute(
                f"INSERT INTO facility (account_id, {_COLUMNS})"
                " VALUES (%(account)s, %(id)s, %(name)s, %(npi)s, %(tin)s, %(active)s,"
                " %(address)s)",
                _values(account, added),
            )
    except UniqueViolation as error:
        raise _taken(values.name) from error
    return added


def update_facility(
    connection: Connection, account: Account, facility_id: UUID, values: FacilityValues
) -> Facility:
    """Replace all values of a facility; the caller commits.

    Raises:
        NotFound: the account has no such facility.
        NotAllowed: the name is taken.
    """
    changed = Facility(**asdict(values), id=get_facility(connection, account, facility_id).id)
    try:
        with connection.transaction():
            connection.execute(
                "UPDATE facility SET name = %(name)s, npi = %(npi)s, tin = %(tin)s,"
                f" active = %(active)s, address = %(address)s WHERE {_IN_USE} AND id = %(id)s",
                _values(account, changed),
            )
    except UniqueViolation as error:
        raise _taken(values.name) from error
    return changed


def remove_facility(
    connection: Connection, account: Account, facility_id: UUID, now: datetime
) -> None:
    """Remove a facility without patients; the caller commits.

    Raises:
        NotFound: the account has no such facility.
        NotAllowed: it has patients.
    """
    lock_account(connection, account.id)
    facility = get_facility(connection, account, facility_id)
    has_patients = connection.execute(
        "SELECT FROM patient_facility JOIN patient ON patient_facility.patient_id = patient.id"
        " WHERE patient.account_id = %s AND patient_facility.item = %s LIMIT 1",
        (account.id, str(facility.id)),
    ).rowcount
    if has_patients:
        raise NotAllowed("the facility has patients; give them another one first")
    connection.execute("UPDATE facility SET removed_at = %s WHERE id = %s", (now, facility.id))


def _values(account: Account, facility: Facility) -> dict[str, object]:
    address = None if facility.address is None else Jsonb(facility.address)
    return {**asdict(facility), "address": address, "account": account.id}


def _taken(name: str) -> NotAllowed:
    return NotAllowed(f"there is a facility {name!r} already")
