"""The patients who were changed last: from the newest change set back, by an index at each step.

version 9, a person    Maria                  Maria, Ben, Ada
version 8, a file      line 2 Ben, 3 Maria    (Maria is not there twice: she changed since)
version 7, a file      line 2 Ada, 3 Ben
"""

from uuid import UUID

from psycopg import Connection
from psycopg.rows import class_row

from registry.database.statements import Statements
from registry.patients.patient_lists import (
    EVERYBODY,
    ListedPatient,
    Wanted,
    conditions_of,
)
from registry.patients.search import FoundPatient
from schemas.errors import NotFound

_SQL = Statements(__file__)
_COLUMNS = ", ".join(f"patient.{name}" for name in FoundPatient.__dataclass_fields__)
_SETS = 200
"""Change sets that one page looks into; each takes a query of a few milliseconds."""


def list_changed_last(
    connection: Connection,
    account_id: int,
    count: int,
    wanted: Wanted = EVERYBODY,
    *,
    after: UUID | None = None,
) -> list[ListedPatient]:
    """The patients who were changed last, the latest change first.

    Fewer than `count` where the newest 200 change sets have no more.

    Raises:
        NotFound: there is no patient `after` any more.
    """
    version, line = _place_of(connection, account_id, after)
    conditions, about = conditions_of(account_id, wanted)
    newest_first = connection.execute(
        _SQL["list_change_sets"], {"account": account_id, "version": version, "count": _SETS}
    ).fetchall()
    found: list[ListedPatient] = []
    for registry_version, change_set, attempt in newest_first:
        name = "list_changed_by_file" if attempt else "list_changed_by_person"
        where = about | {
            "set": change_set,
            "attempt": attempt,
            "version": registry_version,
            "after_line": line if registry_version == version else -1,
            "after": after if registry_version == version else None,
            "count": count - len(found),
        }
        statement = _SQL[name].format(columns=_COLUMNS, conditions=conditions)
        with connection.cursor(row_factory=class_row(ListedPatient)) as cursor:
            found += cursor.execute(statement, where).fetchall()
        if len(found) >= count:
            break
    return found


def _place_of(
    connection: Connection, account_id: int, after: UUID | None
) -> tuple[int | None, int]:
    """Version and line of a patient's last change; no version where there is no patient."""
    if after is None:
        return None, -1
    row = connection.execute(
        _SQL["find_last_change"], {"account": account_id, "patient": after}
    ).fetchone()
    if row is None:
        raise NotFound("the page before this one has changed; begin with the first page")
    return int(row[0]), int(row[1])
