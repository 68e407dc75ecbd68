"""Column lineage, from the sender's header to the registry's field.

Columns have the format's names and not the file's headers, because an unknown header may contain
anything, even a patient's name.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from assets.attempt_work import AttemptWork
from schemas.canonical import PARTS, SCALARS
from schemas.formats import Column, Fact

_WITH_COLUMNS = ("landed_files", "staged_patients", "matched_patients", "patients")

_FIELDS = {
    **{scalar.name: (scalar.type, scalar.fhir) for scalar in SCALARS},
    **{f"{part.name}.{name}": (type_, part.fhir)
       for part in PARTS for name, type_ in part.attributes.items()},
}  # fmt: skip
"""Fields of the registry, each with its type in PostgreSQL and its element in FHIR."""


@dataclass(frozen=True)
class ColumnNote:
    """A column of an asset; `sources` are its columns one stage earlier, as (asset, column)."""

    name: str
    type: str
    description: str
    sources: tuple[tuple[str, str], ...] = ()


def with_origin(description: str, sources: Iterable[tuple[str, str]]) -> str:
    """A column's description with the columns (asset, column) that it comes from.

    Only Dagster's hosted version shows a graph of columns; every version shows descriptions.

    Example: `"A date"` and `[("staged_patients", "dob")]` → `"A date. From staged_patients: dob"`.
    """
    columns: dict[str, list[str]] = {}
    for asset, name in sorted(sources):
        columns.setdefault(asset, []).append(name)
    origins = "; ".join(f"{asset}: {', '.join(names)}" for asset, names in columns.items())
    sentence = f"{description.removesuffix('.')}. " if description and origins else description
    return f"{sentence}From {origins}" if origins else sentence


def column_notes(work: AttemptWork, asset: str) -> tuple[ColumnNote, ...]:
    """The columns of an asset; empty for assets without columns, and for a file without rows.

    `patients` has the same columns whatever the format, because it is the same tables; only those
    that the file fills have sources. The other assets have the columns of this import.
    """
    if asset not in _WITH_COLUMNS or work.attempt.state in ("failed", "unpacked"):
        return ()
    slots = work.layout.slots
    columns = tuple(column for column in work.file_format.columns if column.slot in slots)
    facts = tuple(fact for fact in work.file_format.facts if fact.slot in slots)
    if asset == "landed_files":
        return tuple(_landed(column) for column in columns)
    if asset == "staged_patients":
        return tuple(_staged(column) for column in columns)
    if asset == "matched_patients":
        return _fields(facts, "staged_patients")
    filled = {note.name: note for note in _fields(facts, "matched_patients")}
    return tuple(filled.get(name, _field(name)) for name in _FIELDS)


def fields_of_file(work: AttemptWork) -> tuple[ColumnNote, ...]:
    """The registry's fields that this import fills, with the file's columns as sources."""
    return tuple(
        replace(
            note,
            sources=tuple(
                ("landed_files", work.file_format.column(slot).label) for _, slot in note.sources
            ),
        )
        for note in column_notes(work, "matched_patients")
    )


def _landed(column: Column) -> ColumnNote:
    return ColumnNote(column.label, "text", column.kind.describe)


def _staged(column: Column) -> ColumnNote:
    source = ("landed_files", column.label)
    return ColumnNote(column.slot, "text", column.kind.describe, (source,))


def _fields(facts: tuple[Fact, ...], earlier: str) -> tuple[ColumnNote, ...]:
    """One column per field of the canonical patient, with all facts that fill it as sources."""
    sources: dict[str, list[str]] = {}
    for fact in facts:
        name = f"{fact.field}.{fact.attribute}" if fact.attribute else fact.field
        slot = fact.slot if earlier == "staged_patients" else name
        sources.setdefault(name, []).append(slot)
    return tuple(
        _field(name, tuple((earlier, slot) for slot in dict.fromkeys(slots)))
        for name, slots in sources.items()
    )


def _field(name: str, sources: tuple[tuple[str, str], ...] = ()) -> ColumnNote:
    return ColumnNote(name, *_FIELDS[name], sources)
