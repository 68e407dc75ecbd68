"""A patient with where each value came from, and what changed when: read from `patient_change`."""

from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

from psycopg import Connection
from psycopg.rows import dict_row

from registry.patients.merged_ids import merged_into
from schemas.canonical import PARTS, SCALARS
from schemas.errors import NotFound
from schemas.issues import KEPT_NEWER


@dataclass(frozen=True)
class Origin:
    """Where a change came from; `import_id` None means a person, not a file.

    `run_id` is the Dagster run that worked on the attempt last; `is_undone` says that an undo took
    the attempt back. Of what a person decided, `decision` says what it was (`undo`, `merge`,
    `split`), `user_name` who, `undone` which import was taken back, `other` whom a merge took in
    or a split let go. `of` is whose change it was, where it was that of one who was merged in.
    """

    import_id: UUID | None
    file_name: str | None
    source: str | None
    line: int
    received_at: datetime
    attempt: int = 0
    partition_key: str | None = None
    run_id: str | None = None
    is_undone: bool = False
    decision: str | None = None
    user_name: str | None = None
    undone: "Undone | None" = None
    other: "Other | None" = None
    of: UUID | None = None

    def is_same_row(self, other: "Origin") -> bool:
        """Whether both are one row of one file."""
        return self.import_id is not None and (self.import_id, self.line) == (
            other.import_id,
            other.line,
        )


@dataclass(frozen=True)
class Undone:
    """The import that an undo took back."""

    import_id: UUID
    file_name: str
    partition_key: str


@dataclass(frozen=True)
class Other:
    """The patient whom a merge took in, or a split let go."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Fact:
    """A value at its address, `address/home/city`; no origin where the history does not tell."""

    field: str
    item: str
    attribute: str
    value: str
    origin: Origin | None

    @property
    def address(self) -> str:
        """Field, item and attribute, as changes spell them."""
        return _address(self.field, self.item, self.attribute)


@dataclass(frozen=True)
class Change:
    """All that one row of a file, or a person, changed: address → (old, new)."""

    origin: Origin
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class Kept:
    """A row that brought another value for `address` and was refused in favour of a newer one.

    `newer` says whose value stayed: `import <partition key>` or `a person`.
    """

    origin: Origin
    address: str
    newer: str


@dataclass(frozen=True)
class Record:
    """A patient's facts in the order of the declarations, and changes, the newest first.

    Of one whom an undo removed there are no facts; the newest change says what there was.
    """

    patient_id: UUID
    facts: list[Fact]
    changes: list[Change]

    @property
    def is_removed(self) -> bool:
        """Whether an undo took the patient out of the registry."""
        return not self.facts

    @property
    def name(self) -> str:
        """First and last name, of one who was removed the last ones."""
        scalars = {fact.field: fact.value for fact in self.facts if not fact.attribute}
        if self.is_removed:
            scalars = {field: old or "" for field, (old, _) in self.changes[0].values.items()}
        return f"{scalars.get('first_name', '')} {scalars.get('last_name', '')}".strip()


def read_record(connection: Connection, account_id: int, patient_id: UUID) -> Record:
    """The account's patient with this id, and what was told of those who were merged into them.

    A value's origin is the row or the caller that told it: undo, merge and split move values only.

    Raises:
        NotFound: there is none.
    """
    former = merged_into(connection, account_id, patient_id)
    with connection.cursor(row_factory=dict_row) as cursor:
        scalars = cursor.execute(
            "SELECT * FROM patient WHERE account_id = %s AND id = %s", (account_id, patient_id)
        ).fetchone()
        if scalars is None and not _was_there(connection, account_id, patient_id):
            raise NotFound("there is no such patient")
        about = {"patient": patient_id, "ids": [patient_id, *former]}
        changes = [_change(row) for row in cursor.execute(_CHANGES, about).fetchall()]
        facts = _facts_of_scalars(scalars or {}) + _facts_of_parts(connection, patient_id)
    origins = _origins(changes)
    told = [Fact(*fact, origin=origins.get((_address(*fact[:3]), fact[3]))) for fact in facts]
    return Record(patient_id, told, changes[::-1])


def _was_there(connection: Connection, account_id: int, patient_id: UUID) -> bool:
    """Whether a file of the account created a patient with this id."""
    found = connection.execute(
        "SELECT FROM import_row r JOIN import i ON i.id = r.import_id"
        " WHERE r.patient_id = %s AND i.account_id = %s AND NOT i.dry_run LIMIT 1",
        (patient_id, account_id),
    ).fetchone()
    return found is not None


def owner_of(connection: Connection, patient_id: UUID) -> tuple[int, str]:
    """Number and name of the account whose patient this is, or was until a merge or an undo.

    For operators, who see all accounts.

    Raises:
        NotFound: no account has this patient.
    """
    found = connection.execute(
        "SELECT a.id, a.name FROM account a JOIN ("
        " SELECT account_id FROM patient WHERE id = %(id)s"
        " UNION SELECT account_id FROM review WHERE patient_id = %(id)s AND state = 'same'"
        " UNION SELECT i.account_id FROM import_row r JOIN import i ON i.id = r.import_id"
        " WHERE r.patient_id = %(id)s"
        ") p ON p.account_id = a.id",
        {"id": patient_id},
    ).fetchone()
    if found is None:
        raise NotFound(
            f"there is no patient {patient_id}; `rosterline rows IMPORT` shows the ids of a file's"
        )
    return int(found[0]), str(found[1])


def read_kept(connection: Connection, patient_id: UUID) -> list[Kept]:
    """What "old never beats new" decided about this patient, the newest decision first."""
    with connection.cursor(row_factory=dict_row) as cursor:
        rows = cursor.execute(_KEPT, (KEPT_NEWER, KEPT_NEWER, patient_id, f"%{KEPT_NEWER}%"))
        return [Kept(_origin(row), row["address"], row["newer"]) for row in rows.fetchall()]


_ORIGIN = "i.id AS import_id, i.file_name, i.source, i.partition_key, a.number AS attempt, a.run_id"

# In the order in which they were written; of old ones only that of receipt is known, where the
# import's id parts files that were received at the same instant. Of those who were merged what
# files and callers told; that they lost all is told by what the one who stayed gained.
_CHANGES = f"""
SELECT c.line, c.received_at, c.changes, {_ORIGIN}, t.attempt IS NOT NULL AS is_undone,
    d.kind AS decision, d.user_name, u.id AS undone_id, u.file_name AS undone_file_name,
    u.partition_key AS undone_key, nullif(c.patient_id, %(patient)s) AS of,
    d.other_patient_id AS other_id, (
        SELECT concat_ws(' ',
            coalesce(o.changes #>> '{{first_name,0}}', o.changes #>> '{{first_name,1}}'),
            coalesce(o.changes #>> '{{last_name,0}}', o.changes #>> '{{last_name,1}}'))
        FROM patient_change o
        WHERE o.patient_id = d.other_patient_id AND o.import_id = d.id AND o.attempt = 0
    ) AS other_name
FROM patient_change c
LEFT JOIN import i ON i.id = c.import_id
LEFT JOIN attempt a ON a.import_id = c.import_id AND a.number = c.attempt
LEFT JOIN undone_attempt t ON t.import_id = c.import_id AND t.attempt = c.attempt
LEFT JOIN decision d ON d.id = c.import_id
LEFT JOIN import u ON u.id = d.import_id
WHERE c.patient_id = ANY(%(ids)s) AND (d.id IS NULL OR c.patient_id = %(patient)s)
ORDER BY c.registry_version, c.received_at, c.import_id, c.attempt, c.line
"""

_KEPT = f"""
SELECT r.line, i.received_at, {_ORIGIN},
    split_part(s.message, %s, 1) AS address, split_part(s.message, %s, 2) AS newer
FROM import_row r
JOIN row_issue s USING (import_id, attempt, line)
JOIN import i ON i.id = r.import_id
JOIN attempt a ON a.import_id = r.import_id AND a.number = r.attempt
WHERE r.patient_id = %s AND s.code = 'kept_newer_value' AND s.message LIKE %s AND NOT i.dry_run
ORDER BY a.started_at DESC, r.line, s.ordinal
"""

_Bare = tuple[str, str, str, str]


def _origins(changes: list[Change]) -> dict[tuple[str, str | None], Origin]:
    """By address and value who brought it last, and stands by it if anybody does.

    What an undo, a merge or a split moved came from whoever had brought it before.
    """
    told = [change for change in changes if change.origin.decision is None]
    told.sort(key=lambda change: not change.origin.is_undone)
    return {
        (address, new): change.origin
        for change in told
        for address, (_, new) in change.values.items()
    }


def _change(row: dict[str, Any]) -> Change:
    values = {address: (old, new) for address, (old, new) in row["changes"].items()}
    undone = None
    if row["undone_id"] is not None:
        undone = Undone(row["undone_id"], row["undone_file_name"], row["undone_key"])
    origin = replace(
        _origin(row),
        is_undone=row["is_undone"],
        decision=row["decision"],
        other=Other(row["other_id"], row["other_name"]) if row["other_id"] else None,
        of=row["of"],
        user_name=row["user_name"],
        undone=undone,
    )
    return Change(origin, values)


def _origin(row: dict[str, Any]) -> Origin:
    return Origin(
        row["import_id"],
        row["file_name"],
        row["source"],
        row["line"],
        row["received_at"],
        row["attempt"] or 0,
        row["partition_key"],
        row["run_id"],
    )


def _facts_of_scalars(row: dict[str, Any]) -> list[_Bare]:
    return [
        (scalar.name, "", "", _text(row[scalar.name]))
        for scalar in SCALARS
        if row.get(scalar.name) is not None
    ]


def _facts_of_parts(connection: Connection, patient_id: UUID) -> list[_Bare]:
    facts: list[_Bare] = []
    with connection.cursor(row_factory=dict_row) as cursor:
        for part in PARTS:
            columns = ", ".join(part.attributes)
            rows = cursor.execute(
                f"SELECT item, {columns} FROM {part.table} WHERE patient_id = %s ORDER BY sequence",
                (patient_id,),
            ).fetchall()
            facts += [
                (part.name, row["item"], name, _text(row[name]))
                for row in rows
                for name in part.attributes
                if row[name] is not None
            ]
    return facts


def _address(field: str, item: str, attribute: str) -> str:
    return "/".join(part for part in (field, item, attribute) if part)


def _text(value: object) -> str:
    """As changes spell it."""
    return str(value).lower() if isinstance(value, bool) else str(value)
