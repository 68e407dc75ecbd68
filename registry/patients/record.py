"""A patient's record as data: values with where they came from, and all changes.

`registry/patients/history.py` reads records from the registry.
"""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True)
class UndoneImport:
    """The import that an undo took back."""

    import_id: UUID
    file_name: str
    partition_key: str


@dataclass(frozen=True)
class OtherPatient:
    """The younger patient of a merge or a split; the older one keeps the record."""

    id: UUID
    name: str


@dataclass(frozen=True)
class Origin:
    """Where a change came from: a row of a file, or a person.

    A row has `import_id`, `file_name`, `source`, `line`, `attempt`, `partition_key` and the
    `run_id` of the Dagster run that worked on the attempt last. `is_undone` says that an undo took
    the attempt back.

    A person's change has no import. `decision` is its kind (`registry/decisions/decision.py`), or
    None where a caller set a value; `user_name` made the decision. An undo has the `undone` import,
    a merge or split the `other` patient.

    `merged_patient_id` is the patient whom the change was about, where that patient was merged
    into this one later.
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
    undone: UndoneImport | None = None
    other: OtherPatient | None = None
    merged_patient_id: UUID | None = None
    decision_id: UUID | None = None

    def is_same_row(self, other: "Origin") -> bool:
        """Whether both are one row of one file."""
        return self.import_id is not None and (self.import_id, self.line) == (
            other.import_id,
            other.line,
        )


@dataclass(frozen=True)
class Fact:
    """A value at its address, `address/home/city`.

    `origin` is None where no change in the history brought the value.
    """

    field: str
    item: str
    attribute: str
    value: str
    origin: Origin | None

    @property
    def address(self) -> str:
        """Field, item and attribute, as changes spell them."""
        return address_of(self.field, self.item, self.attribute)


@dataclass(frozen=True)
class Change:
    """All that one row of a file, or one act of a person, changed: address → (old, new)."""

    origin: Origin
    values: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True)
class RefusedValue:
    """A value that a row brought for `address` and that was refused in favour of a newer one.

    `newer` names whose value was kept: `import <partition key>` or `a person`.
    """

    origin: Origin
    address: str
    newer: str


@dataclass(frozen=True)
class Record:
    """A patient's facts in the order of the declarations, and changes, the newest first.

    A patient whom an undo removed has no facts; the newest change holds the last ones. Changes from
    before `history_since` were archived; None: none of this patient's.
    """

    patient_id: UUID
    facts: list[Fact]
    changes: list[Change]
    history_since: datetime | None = None

    @property
    def is_removed(self) -> bool:
        """Whether an undo removed the patient from the registry."""
        return not self.facts

    @property
    def name(self) -> str:
        """First and last name; the last known ones of a patient who was removed."""
        scalars = {fact.field: fact.value for fact in self.facts if not fact.attribute}
        if self.is_removed:
            scalars = {field: old or "" for field, (old, _) in self.changes[0].values.items()}
        return f"{scalars.get('first_name', '')} {scalars.get('last_name', '')}".strip()


def address_of(field: str, item: str, attribute: str) -> str:
    """`address/home/city` of its three parts; `birth_date` of a scalar, whose others are empty."""
    return "/".join(part for part in (field, item, attribute) if part)
