"""Lists of an account's patients: which, in which order, page by page.

A page follows the last patient of the page before, whom the caller names by id: a page's address
holds no value of a patient. The newest come by an index. Other orders read the account's patients,
because an index over names or births would cost each created patient an entry
(docs/decisions/031-patients-by-hand.md). `recent_changes.py` has the order of
changes, which walks from the newest change back.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, get_args
from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.patients.search import FoundPatient
from schemas.errors import NotFound

Sort = Literal["created", "name", "born", "changed"]
SORTS: tuple[Sort, ...] = get_args(Sort)
State = Literal["review", "opted_out", "withdrawn"]

BY_A_PERSON = "person"
"""Stands for people among the doors that changes came by."""


@dataclass(frozen=True)
class Wanted:
    """Which patients a list has: those that all of these conditions hold for.

    `import_id` created or updated them, in its attempts so far; `outcome` says which of both.
    Something changed them since `changed_since`, and what did came by the door `source`. `state`
    is one of: somebody has to decide about them (`review`), they opted out of sharing, an API
    caller deleted them.
    """

    group: str = ""
    department: str = ""
    facility: UUID | None = None
    cohort: UUID | None = None
    import_id: UUID | None = None
    outcome: Literal["", "created", "updated"] = ""
    changed_since: datetime | None = None
    source: str = ""
    state: State | None = None


@dataclass(frozen=True)
class ListedPatient(FoundPatient):
    """A patient as a list shows them; `changed_at`: when what changed them last was received."""

    changed_at: datetime | None


@dataclass(frozen=True)
class Order:
    """What a list is sorted by; patients who are equal in that come by id."""

    sort: Sort = "created"
    is_descending: bool = False


EVERYBODY = Wanted()
BY_ID = Order()
_SQL = Statements(__file__)
_COLUMNS = ", ".join(f"patient.{name}" for name in FoundPatient.__dataclass_fields__)
_ORDERS: Mapping[str, tuple[str, ...]] = {
    "created": ("patient.id",),
    "name": ("lower(patient.last_name)", "lower(patient.first_name)", "patient.id"),
    "born": ("coalesce(patient.birth_date, make_date(patient.birth_year, 1, 1))", "patient.id"),
}
_CONDITIONS = {
    "group": "patient.id IN (SELECT patient_id FROM patient_client_group"
    " WHERE patient_client_group.item = lower(%(group)s))",
    "department": "patient.department = %(department)s",
    "facility": "patient.id IN (SELECT patient_id FROM patient_facility"
    " WHERE facility_id = %(facility)s)",
    "cohort": "patient.id IN (SELECT patient_id FROM patient_cohort WHERE cohort_id = %(cohort)s)",
    "import_id": "patient.id IN (SELECT patient_id FROM import_row"
    " WHERE import_id = %(import_id)s AND outcome = ANY(%(outcomes)s::outcome[]))",
}
_STATES = {
    "opted_out": "patient.hie_opt_out IS TRUE",
    "withdrawn": "patient.withdrawn IS TRUE",
}


def list_page(
    connection: Connection,
    account_id: int,
    count: int,
    wanted: Wanted = EVERYBODY,
    order: Order = BY_ID,
    *,
    after: UUID | None = None,
) -> list[ListedPatient]:
    """The first patients of a list, or those that follow the patient `after`; not by change.

    Raises:
        NotFound: there is no patient `after` any more.
    """
    conditions, about = conditions_of(account_id, wanted)
    about |= {"after": after, "count": count}
    places = _ORDERS[order.sort]
    if after is not None:
        _require(connection, account_id, after)
        place = ", ".join(places)
        conditions += (
            f" AND ({place}) {'<' if order.is_descending else '>'}"
            f" (SELECT {place} FROM patient WHERE patient.id = %(after)s)"
        )
    statement = _SQL["list_page"].format(
        columns=_COLUMNS,
        conditions=conditions,
        order=", ".join(f"{each} {'DESC' if order.is_descending else 'ASC'}" for each in places),
    )
    with connection.cursor(row_factory=class_row(ListedPatient)) as cursor:
        return cursor.execute(statement, about).fetchall()


def count_wanted(connection: Connection, account_id: int, wanted: Wanted = EVERYBODY) -> int:
    """How many patients a list has on all its pages."""
    conditions, about = conditions_of(account_id, wanted)
    row = connection.execute(f"SELECT count(*) FROM patient WHERE {conditions}", about).fetchone()
    return int(row[0]) if row else 0


def conditions_of(account_id: int, wanted: Wanted) -> tuple[str, dict[str, object]]:
    """SQL over `patient` that chooses the wanted ones, and its parameters."""
    conditions = ["patient.account_id = %(account)s"]
    conditions += [sql for name, sql in _CONDITIONS.items() if getattr(wanted, name)]
    if wanted.changed_since is not None or wanted.source:
        conditions.append(f"patient.id IN ({_SQL['find_changed']})")
    if wanted.state == "review":
        conditions.append(f"patient.id IN ({_SQL['find_in_review']})")
    elif wanted.state:
        conditions.append(_STATES[wanted.state])
    return " AND ".join(conditions), {
        "account": account_id,
        "group": wanted.group,
        "department": wanted.department,
        "facility": wanted.facility,
        "cohort": wanted.cohort,
        "import_id": wanted.import_id,
        "outcomes": [wanted.outcome] if wanted.outcome else ["created", "updated"],
        "changed_since": wanted.changed_since,
        "source": wanted.source,
        "person": BY_A_PERSON,
    }


def _require(connection: Connection, account_id: int, patient_id: UUID) -> None:
    about = (account_id, patient_id)
    statement = "SELECT FROM patient WHERE account_id = %s AND id = %s"
    if connection.execute(statement, about).fetchone() is None:
        raise NotFound("the page before this one has changed; begin with the first page")
