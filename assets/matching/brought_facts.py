"""The facts that rows bring, each at its address in the canonical patient.

Table out, kept in the import's file: `brought(line, patient, field, item, attribute, value, place,
bit, is_lone, is_new)`. A NULL value is a wish to clear; `place` keeps the order in which the sender
gave the items of a list; `bit` is the address's bit in `import_row.confirmed`, 0 for an item of a
list.

Example: ThoroughCare's columns `city` = `Oslo` and `flags` = `Red; Blue` of line 2 become

    (2, patient, address, home, city, 'Oslo', …)
    (2, patient, flag, red, name, 'Red', …)
    (2, patient, flag, blue, name, 'Blue', …)
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

import duckdb
from psycopg import Connection

from assets.matching.keys import staged_slots
from assets.matching.vocabulary import prepare_vocabulary
from assets.staging_database import create_table, scalar
from assets.steps import Step, StepFiles, run_steps
from registry.database.bulk_copy import copy_out
from schemas.canonical import CONFIRMED_BITS, confirmed_masks
from schemas.formats import Fact, Format

_STEPS = StepFiles(__file__)
_REPLACED_SYSTEMS = ("ssn", "license")
"""Identifiers that a row which states the field `identifier` replaces. Others are keys by which
senders know the patient."""

_LIST_PLACES = 256
"""Places that the elements of one list column take up, so that they keep the sender's order."""


def collect_facts(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create `brought` from `staged`, `row_patient` and `stored_fact`."""
    prepare_vocabulary(connection, registry, file_format, account_id)
    facts = facts_of(file_format, staged_slots(connection))
    run_steps(
        connection,
        _STEPS["list_news"],
        _STEPS["bring_facts"].fill(facts=select_facts(connection, file_format, "news")),
    )
    connection.execute("DROP TABLE news")  # a copy of nearly the whole file
    case_blind = [fact.field for fact in facts if fact.item == "lower({element})"]
    if case_blind:
        run_steps(connection, _STEPS["keep_first_spellings"].bind(fields=case_blind))
    if file_format.clear_marker:
        run_steps(connection, *_add_clears(facts, _cleared_slots(connection)))
    if file_format.identity_change == "warning" and scalar(
        connection, "SELECT count(*) FROM identity_change"
    ):
        run_steps(connection, *_clear_former_persons(file_format.facts))
    if file_format.replaces:
        run_steps(connection, _clear_replaced(file_format.replaces))
    _drop_aliases(connection, registry)


def is_constant(item: str) -> bool:
    """Whether an item's SQL is one key, so that a part has one such item; else they are a list.

    `'home'` in quotes is one; `lower({element})` is not.
    """
    return re.fullmatch("'[^']*'", item) is not None


def open_full_view(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """View `staged_full`: `staged` with a NULL column for every slot that the file lacks.

    It has the items that several facts share as well, as columns.
    """
    slots = staged_slots(connection)
    lacking = [f"NULL::VARCHAR AS {c.slot}" for c in file_format.columns if c.slot not in slots]
    facts = _carried_facts(file_format, slots)
    items = []
    for item, name in _shared_items(facts).items():
        values = ", ".join(value_of(fact) for fact in facts if fact.item == item)
        items.append(f"CASE WHEN coalesce({values}) IS NOT NULL THEN {item} END AS {name}")
    run_steps(
        connection,
        _STEPS["open_full_view"].fill(
            lacking=", ".join(["*", *lacking]), items=", ".join(["*", *items])
        ),
    )


@dataclass(frozen=True)
class _Source:
    """Where one declared fact is read: the SQL of its table, item, value and place."""

    table: str
    item: str
    value: str
    place: str


def select_facts(
    connection: duckdb.DuckDBPyConnection, file_format: Format, rows: str = "staged_full"
) -> str:
    """SQL of (line, field, item, attribute, value, place, bit) of all facts of the table `rows`.

    It has the columns of `staged_full`; table `known_name` is read as well.
    """
    facts = facts_of(file_format, staged_slots(connection))
    selects = [
        _select(fact, _source(file_format, fact, place * _LIST_PLACES, rows), facts[:place])
        for place, fact in enumerate(facts)
    ]
    return "\n    UNION ALL\n    ".join(selects)


def facts_of(file_format: Format, slots: frozenset[str]) -> list[Fact]:
    """The facts of a file with these slots; an item that several share is a column's name."""
    facts = _carried_facts(file_format, slots)
    names = _shared_items(facts)
    return [replace(fact, item=names.get(fact.item, fact.item)) for fact in facts]


def value_of(fact: Fact) -> str:
    """SQL of its value, over a row that is no list."""
    return fact.value or fact.slot


def _shared_items(facts: Sequence[Fact]) -> dict[str, str]:
    """Names of the columns with the items that are worked out once for several facts.

    An address has five values, and its item is a digest of them all.
    """
    items = [f.item for f in facts if not is_constant(f.item) and "{element}" not in f.item]
    shared = [item for item in dict.fromkeys(items) if items.count(item) > 1]
    return {item: f"item_{place}" for place, item in enumerate(shared)}


def _carried_facts(file_format: Format, slots: frozenset[str]) -> list[Fact]:
    return [
        fact
        for fact in file_format.facts
        if (fact.slot in slots or fact.value) and slots.issuperset(fact.needs)
    ]


def _source(file_format: Format, fact: Fact, place: int, rows: str) -> _Source:
    if file_format.column(fact.slot).kind.is_list:
        return _list_source(fact, place, rows)
    if fact.vocabulary:
        # The spelling that the account saw first; a row that fails gives the account none.
        known = (
            f"{rows} LEFT JOIN known_name"
            f" ON known_name.folded = lower({fact.slot}) AND known_name.field = '{fact.field}'"
        )
        return _Source(known, fact.item, f"coalesce(known_name.name, {fact.slot})", str(place))
    return _Source(rows, fact.item, value_of(fact), str(place))


def _list_source(fact: Fact, place: int, rows: str) -> _Source:
    """The elements of a list column; of those with the same item the first."""
    item = fact.item.format(element="element")
    elements = f"string_split({fact.slot}, chr(31))"
    table = (
        f"(SELECT DISTINCT ON (line, {item}) line, element, nth FROM ("
        f"SELECT line, unnest({elements}) AS element,"
        f" generate_subscripts({elements}, 1) AS nth FROM {rows}"
        f") AS listed ORDER BY line, {item}, nth) AS element_of_list"
    )
    return _Source(table, item, "element", f"{place} + least(nth, {_LIST_PLACES - 1})")


def _select(fact: Fact, source: _Source, earlier: Sequence[Fact]) -> str:
    """SELECT of (line, field, item, attribute, value, place, bit) for one declared fact.

    Where two columns of a row name the same item (phone and phone-1), the first one counts.
    """
    same_address = "".join(
        f" AND ({other.item}) IS DISTINCT FROM ({source.item})"
        for other in earlier
        if (other.field, other.attribute) == (fact.field, fact.attribute)
        and not (is_constant(source.item) and is_constant(other.item))
    )
    return (
        f"SELECT line, '{fact.field}' AS field, {source.item} AS item,"
        f" '{fact.attribute}' AS attribute, {source.value}::VARCHAR AS value,"
        f" {source.place} AS place, {bit_of(fact)} AS bit"
        f" FROM {source.table} WHERE {source.value} IS NOT NULL{same_address}"
    )


def bit_of(fact: Fact) -> int:
    """The fact's bit in `import_row.confirmed`; 0 for facts that are never replaced."""
    address = (fact.field, fact.item.strip("'"), fact.attribute)
    is_replaced = is_constant(fact.item) and address in CONFIRMED_BITS
    return 1 << CONFIRMED_BITS[address] if is_replaced else 0


def _cleared_slots(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    found = connection.execute("SELECT DISTINCT unnest(clears) FROM staged").fetchall()
    return frozenset(slot for (slot,) in found)


def _add_clears(facts: Sequence[Fact], cleared: frozenset[str]) -> list[Step]:
    """A cleared column clears its address; a cleared list clears every item known by then."""
    return [
        _STEPS["add_clears"]
        .fill(field=fact.field, attribute=fact.attribute)
        .bind(
            slot=fact.slot,
            item=fact.item.strip("'") if is_constant(fact.item) else None,
            bit=bit_of(fact),
        )
        for fact in facts
        if fact.slot in cleared
    ]


def _clear_former_persons(facts: Sequence[Fact]) -> list[Step]:
    """Where a row makes its patient another person: every item that it does not bring."""
    return [
        _STEPS["clear_former_persons_facts"]
        .fill(field=fact.field, attribute=fact.attribute)
        .bind(item=fact.item.strip("'") if is_constant(fact.item) else None, bit=bit_of(fact))
        for fact in facts
        if fact.attribute and fact.field != "identifier"
    ]


def _clear_replaced(slot: str) -> Step:
    """Items of the fields that rows state whole, where the rows do not bring them."""
    masks = confirmed_masks()
    return (
        _STEPS["clear_replaced_facts"]
        .fill(slot=slot)
        .bind(addresses=list(masks), bits=list(masks.values()), systems=list(_REPLACED_SYSTEMS))
    )


def _drop_aliases(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    """An identifier of a patient who was merged in does not replace the one that is shown.

    Else a sender who has the person twice would change it back and forth every night. Table
    `stored_alias(patient, item, value)` stays.
    """
    aliases = copy_out(
        registry,
        "SELECT patient, item, value FROM touched_patient JOIN patient_alias USING (patient_id)",
    )
    create_table(connection, "stored_alias", aliases)
    if not aliases.is_empty():
        run_steps(connection, _STEPS["drop_aliases"])
