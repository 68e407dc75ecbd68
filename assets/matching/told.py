"""Rows that say of a patient what the row before said: a digest decides, and nothing is compared.

`patient.told` is the digest of a row that would change nothing: the last one that was about the
patient, of which no value was refused. Whatever else changes the patient takes it away
(docs/decisions/023-the-unchanged-row.md). A row with that digest is *told again*: it needs no
facts, and the patient's values are not even read. What it carries, "old never beats new" and undo
still ask, so that is read from the row.

Tables out (temporary): `row_digest(line, digest)`, and `told_again(line, confirmed,
confirmed_items)` with what such rows carry, as in `outcome`.

Example: a patient was created by line 2 of Monday's file. Line 5 of Tuesday's has the same values
in all columns, so its digest is that of the patient: line 5 is `unchanged`.
"""

import hashlib
from collections.abc import Iterator, Sequence

import duckdb

from assets.matching.brought_facts import bit_of, facts_of, is_constant, value_of
from assets.matching.keys import staged_slots
from assets.staging_database import scalar
from assets.steps import StepFiles, run_steps
from schemas.formats import Fact, Format

_STEPS = StepFiles(__file__)

_READING = 1
"""Counted up where facts are made in another way of the same staged values and declarations."""


def make_row_digests(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `row_digest` from `staged`."""
    slots = sorted(staged_slots(connection) & {column.slot for column in file_format.columns})
    values = [f"'{slot}' || length({slot}) || ':' || {slot}" for slot in slots]
    content = ", ".join([f"'{_declared(file_format)}'", "list_sort(clears)::VARCHAR", *values])
    run_steps(connection, _STEPS["make_row_digests"].fill(content=f"concat({content})"))


def _declared(file_format: Format) -> str:
    """A digest of how facts follow from a row, so that a changed declaration is seen."""
    kinds = [(column.slot, column.kind.is_list) for column in file_format.columns]
    read = (_READING, file_format.name, file_format.facts, kinds, file_format.replaces)
    return hashlib.sha256(repr((*read, file_format.clear_marker)).encode()).hexdigest()


def list_told_again(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """Create `told_again` from `staged_full` and `row_patient`."""
    # What rows carry is a long expression; in a file of news alone there is no row to ask it of.
    is_any = scalar(
        connection, "SELECT count(*) FROM (FROM row_patient WHERE is_told_again LIMIT 1)"
    )
    facts = facts_of(file_format, staged_slots(connection)) if is_any else []
    bits = [
        f"CASE WHEN {value_of(fact)} IS NOT NULL THEN {bit_of(fact)} ELSE 0 END"
        for fact in facts
        if bit_of(fact)
    ]
    items = [*_items(file_format, facts), *_cleared_lists(file_format, facts)]
    run_steps(
        connection,
        _STEPS["list_told_again"].fill(
            bits=f"({' | '.join(['0::BIGINT', *bits])})", items=", ".join(items) or "[NULL]"
        ),
    )


def _items(file_format: Format, facts: Sequence[Fact]) -> Iterator[str]:
    """SQL of lists of the hashes of items that a row brings, NULL for those that it does not."""
    values: dict[tuple[str, str], list[str]] = {}
    for fact in facts:
        if bit_of(fact):
            continue
        if file_format.column(fact.slot).kind.is_list:
            item = fact.item.format(element="element")
            elements = f"string_split({fact.slot}, chr(31))"
            yield f"list_transform({elements}, LAMBDA element: item_hash('{fact.field}', {item}))"
        else:
            values.setdefault((fact.field, fact.item), []).append(value_of(fact))
    for (field, item), given in values.items():
        brings = f"coalesce({', '.join(f'{value}::VARCHAR' for value in given)}) IS NOT NULL"
        yield f"[CASE WHEN {brings} THEN item_hash('{field}', {item}) END]"


def _cleared_lists(file_format: Format, facts: Sequence[Fact]) -> Iterator[str]:
    if file_format.clear_marker is None:
        return
    for fact in facts:
        if fact.item != "''" and not is_constant(fact.item):
            cleared = f"list_contains(clears, '{fact.slot}')"
            yield f"[CASE WHEN {cleared} THEN item_hash('{fact.field}', '') END]"
