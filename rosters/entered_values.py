"""Values that a person enters in a form: read and judged as the same text in a cell of a file.

The kinds' macros read them, and the rules of the format's contract judge them. Nothing here knows
the patient: who enters half a name is told by `registry/patients/editable_values.py`.

    {"mobile_phone": "(212) 555-0123"}   →   contact/phone/mobile/value: +12125550123
    {"mobile_phone": "12"}               →   refused: Mobile Phone: 12 is not a phone number
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import TYPE_CHECKING

from rosters.value_macros import load_macros
from schemas.canonical import address_text
from schemas.formats import Column, Fact, Format
from schemas.rules import Circumstances

if TYPE_CHECKING:
    import duckdb

_ELEMENTS = "chr(31)"
_MOST_CHARACTERS = 32_767
_IN_A_FILE = re.compile(r" and was (?:left out|not stored)")


@dataclass(frozen=True)
class Entered:
    """Facts by address as text, and what is wrong, by slot; without faults all facts are good."""

    facts: dict[str, str] = field(default_factory=dict)
    refused: dict[str, str] = field(default_factory=dict)


def read_entered(
    file_format: Format, entries: Mapping[str, str], circumstances: Circumstances
) -> Entered:
    """Read texts by slot; a blank text is no value."""
    given = {slot: text for slot, text in entries.items() if text.strip()}
    if not given:
        return Entered()
    columns = tuple(_columns(file_format, given))
    connection = _engine().cursor()
    try:
        levels = [(level,) for level in circumstances.risk_levels]
        connection.execute("CREATE OR REPLACE TEMP TABLE risk_levels (level VARCHAR)")
        if levels:
            connection.executemany("INSERT INTO risk_levels VALUES (?)", levels)
        _read(connection, columns, given)
        refused = dict(_faults(connection, file_format, given, circumstances))
        facts = dict(_facts(connection, file_format, given)) if not refused else {}
    finally:
        connection.close()
    return Entered(facts, refused)


@cache
def _engine() -> "duckdb.DuckDBPyConnection":
    """The engine of this process. It and polars are loaded when somebody enters a first value."""
    import duckdb  # noqa: PLC0415 - as above

    engine = duckdb.connect(config={"threads": 1, "memory_limit": "256MB"})
    load_macros(engine)
    return engine


def _columns(file_format: Format, given: Mapping[str, str]) -> Iterator[Column]:
    """The columns that are given, and those that their kinds or facts look at as well."""
    needed = set(given)
    needed |= {c.partner for c in file_format.columns if c.slot in given and c.partner}
    for fact in file_format.facts:
        if fact.slot in given:
            needed |= set(re.findall(r"\w+", f"{fact.item} {fact.value or ''}"))
    return (column for column in file_format.columns if column.slot in needed)


def _read(
    connection: "duckdb.DuckDBPyConnection", columns: tuple[Column, ...], given: Mapping[str, str]
) -> None:
    """Table `reading` of one row: a column for each slot, as the stage `staged_patients` has it."""
    cells = ", ".join(
        f"{column.kind.taken_by}(${column.slot}::VARCHAR) AS {column.slot}" for column in columns
    )
    codes = ", ".join(
        f"given_code({c.slot}) AS {c.slot}, {c.slot} AS {c.slot}__cell"
        if c.kind.is_code
        else f"{c.slot}, {c.slot} AS {c.slot}__cell"
        for c in columns
    )
    readings = ", ".join(_readings(columns))
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE reading AS"
        f" WITH cells AS (SELECT {cells}), codes AS (SELECT {codes} FROM cells)"
        f" SELECT {readings} FROM codes",
        {column.slot: given.get(column.slot) for column in columns},
    )


def _readings(columns: tuple[Column, ...]) -> Iterator[str]:
    present = {column.slot for column in columns}
    for column in columns:
        partner = column.partner if column.partner in present else "NULL"
        reading = column.kind.sql.format(cell=column.slot, partner=partner)
        yield f"({reading})::VARCHAR AS {column.slot}"
        yield f"{column.slot}__cell AS {column.slot}__given"
        rejected = (column.kind.rejected or "NULL").format(cell=column.slot)
        yield f"({rejected})::VARCHAR AS {column.slot}__rejected"


def _faults(
    connection: "duckdb.DuckDBPyConnection",
    file_format: Format,
    given: Mapping[str, str],
    circumstances: Circumstances,
) -> Iterator[tuple[str, str]]:
    """The first fault of each slot. What a file would only remark on is no fault."""
    import polars as pl  # noqa: PLC0415 - as above

    from schemas.contract import clauses  # noqa: PLC0415

    row = connection.sql("FROM reading").pl()
    for slot, text in given.items():
        label = file_format.label_of(slot)
        if len(text) > _MOST_CHARACTERS:
            yield slot, f"{label}: has {len(text)} characters; {_MOST_CHARACTERS} is the most"
            continue
        for clause in clauses(file_format, circumstances):
            test = clause.rule.test(circumstances)
            is_remark = clause.rule.subject == "given" and clause.severity != "error"
            if clause.slot != slot or test is None or is_remark:
                continue
            if row.select(test(pl.col(clause.column))).item() is False:
                near = _nearest(text, circumstances)
                said = clause.template.replace("{value}", text).replace("{allowed}", near)
                yield slot, _IN_A_FILE.sub("", said)
                break
        else:
            if row[slot][0] is None:
                yield slot, f'{label}: {text} stands for "no value"; leave the field empty instead'


def _nearest(text: str, circumstances: Circumstances) -> str:
    import difflib  # noqa: PLC0415 - only a fault needs it

    near = difflib.get_close_matches(text, circumstances.risk_levels, 1, 0)
    return near[0] if near else ""


def _facts(
    connection: "duckdb.DuckDBPyConnection", file_format: Format, given: Mapping[str, str]
) -> Iterator[tuple[str, str]]:
    for fact in file_format.facts:
        if fact.slot in given and all(need in given for need in fact.needs):
            for item, value in connection.execute(_select(file_format, fact)).fetchall():
                yield address_text((fact.field, item, fact.attribute)), value


def _select(file_format: Format, fact: Fact) -> str:
    """SQL of (item, value) of one declared fact."""
    if file_format.column(fact.slot).kind.is_list:
        item = fact.item.format(element="element")
        return (
            f"SELECT {item}, element FROM"
            f" (SELECT unnest(string_split({fact.slot}, {_ELEMENTS})) AS element FROM reading)"
        )
    value = f"({fact.value or fact.slot})::VARCHAR"
    return f"SELECT {fact.item}, {value} FROM reading WHERE {value} IS NOT NULL"
