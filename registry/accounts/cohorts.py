"""Cohorts with all that callers of the API know of them, and how many patients they have.

`registry/decisions/caller_changes.py` changes their members, and removes a cohort.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from psycopg import Connection
from psycopg.errors import UniqueViolation
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.ids import new_id
from schemas.errors import NotAllowed, NotFound

COLORS = (
    "red",
    "green",
    "blue",
    "yellow",
    "purple",
    "orange",
    "pink",
    "brown",
    "gray",
    "black",
    "white",
)
PURPOSES = ("treatment", "operations")


@dataclass(frozen=True)
class Cohort:
    """A cohort of an account; `size` counts its patients."""

    id: UUID
    name: str
    description: str
    color: str
    purpose_of_use: str
    size: int


_SQL = Statements(__file__)


def list_cohorts(connection: Connection, account: Account) -> list[Cohort]:
    """The account's cohorts, by name."""
    return _read(connection, account, "ORDER BY cohort.name")


def get_cohort(connection: Connection, account: Account, cohort_id: UUID) -> Cohort:
    """The account's cohort with this id.

    Raises:
        NotFound: there is none.
    """
    found = get_cohorts(connection, account, [cohort_id])
    if not found:
        raise NotFound("there is no such cohort")
    return found[0]


def get_cohorts(connection: Connection, account: Account, ids: Sequence[UUID]) -> list[Cohort]:
    """Those of these cohorts that the account has, by name."""
    chosen = "AND cohort.id = ANY(%(ids)s) ORDER BY cohort.name"
    return _read(connection, account, chosen, {"ids": list(ids)})


def add_cohort(  # noqa: PLR0913 - what a caller states, by name
    connection: Connection,
    account: Account,
    name: str,
    now: datetime,
    *,
    description: str = "",
    color: str = "white",
    purpose_of_use: str = "treatment",
) -> Cohort:
    """Create a cohort; the caller commits.

    Raises:
        NotAllowed: the name is taken.
    """
    added = Cohort(new_id(now), name, description, color, purpose_of_use, 0)
    try:
        with connection.transaction():
            connection.execute(
                "INSERT INTO cohort (id, account_id, name, description, color, purpose_of_use)"
                " VALUES (%s, %s, %s, %s, %s, %s)",
                (added.id, account.id, name, description, color, purpose_of_use),
            )
    except UniqueViolation as error:
        raise _taken(name) from error
    return added


def update_cohort(
    connection: Connection, account: Account, cohort_id: UUID, changes: Mapping[str, str]
) -> Cohort:
    """Change name, description or color, those that are given; the caller commits.

    Raises:
        NotFound: the account has no such cohort.
        NotAllowed: the name is taken.
    """
    cohort = get_cohort(connection, account, cohort_id)
    given = {name: changes.get(name, getattr(cohort, name)) for name in ("name", "description",
                                                                        "color")}  # fmt: skip
    try:
        with connection.transaction():
            connection.execute(
                "UPDATE cohort SET name = %(name)s, description = %(description)s,"
                " color = %(color)s WHERE id = %(id)s",
                {**given, "id": cohort.id},
            )
    except UniqueViolation as error:
        raise _taken(given["name"]) from error
    return get_cohort(connection, account, cohort_id)


def _read(
    connection: Connection,
    account: Account,
    chosen: str,
    about: Mapping[str, object] | None = None,
) -> list[Cohort]:
    with connection.cursor(row_factory=class_row(Cohort)) as cursor:
        return cursor.execute(
            f"{_SQL['select_cohorts']} {chosen}", {"account": account.id, **(about or {})}
        ).fetchall()


def _taken(name: str) -> NotAllowed:
    return NotAllowed(f"there is a cohort {name!r} already")
