"""The facts that rows bring and the facts that are stored, in one shape.

Tables out: `who(patient, patient_id, is_new, is_lone)`, which numbers the patients of this import
so that joins compare integers; `brought(line, patient, field, item, attribute, value, place, bit,
is_lone, is_new)`, kept in the import's file; and, temporary, `stored_fact` of the same address
columns and `unknown_name(field, folded, name)` for departments and groups the account did not
have. A NULL value in `brought` is a wish to clear. A *lone* row is the only one of its patient in
the file: most rows are, and they need no look at their neighbours.
"""

import re

import duckdb
import polars as pl
from psycopg import Connection

from assets.matched_patients.keys import staged_slots
from assets.staging_database import create_table
from registry.database.bulk_copy import copy_in_temporary, copy_out
from schemas.canonical import CONFIRMED_BITS, PARTS, SCALARS, Part
from schemas.formats import Fact, Format

_LIST_PLACES = 256
"""Places that the elements of one list column take up, so that they keep the sender's order."""


def number_patients(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `who`; a new patient's number is the line that creates it, stored ones go below 0."""
    fields = [*(scalar.name for scalar in SCALARS), *(part.name for part in PARTS)]
    attributes = ["", *{name: None for part in PARTS for name in part.attributes}]
    for kind, names in (("fact_field", fields), ("fact_attribute", attributes)):
        listed = ", ".join(f"'{name}'" for name in names)
        connection.execute(f"CREATE OR REPLACE TEMP TYPE {kind} AS ENUM ({listed})")
    connection.execute(
        """
        CREATE OR REPLACE TABLE who AS
        SELECT CASE WHEN max(root) > 0 THEN max(root)
                ELSE (-row_number() OVER (ORDER BY patient_id))::INTEGER END AS patient,
            patient_id::UUID AS patient_id, max(root) > 0 AS is_new, count(*) = 1 AS is_lone
        FROM assigned GROUP BY patient_id
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE row_patient AS
        SELECT a.line, w.patient, w.is_new, w.is_lone
        FROM assigned a JOIN who w ON w.patient_id = a.patient_id::UUID
        """
    )


def fetch_stored(
    connection: duckdb.DuckDBPyConnection, registry: Connection, file_format: Format
) -> None:
    """Create `stored_fact`: what is stored of the patients that rows were assigned to.

    Of the parts, those that the format carries: a row changes no other.
    """
    stored = connection.sql("SELECT patient, patient_id::VARCHAR AS patient_id FROM who"
                            " WHERE NOT is_new").pl()  # fmt: skip
    types = {"patient": "int", "patient_id": "uuid"}
    copy_in_temporary(registry, "touched_patient", types, stored)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stored_fact (patient INTEGER, field fact_field,"
        " item VARCHAR, attribute fact_attribute, value VARCHAR)"
    )
    if stored.is_empty():
        return
    names = [scalar.name for scalar in SCALARS]
    selected = ", ".join(f"{name}::text" for name in names)
    scalars = copy_out(
        registry,
        f"SELECT t.patient, {selected} FROM touched_patient t JOIN patient p"
        " ON p.id = t.patient_id",
    )
    _insert_unpivoted(connection, scalars, names, "field, '' AS item, '' AS attribute")
    carried = {fact.field for fact in file_format.facts}
    for part in PARTS:
        if part.name in carried:
            _insert_part(connection, registry, part)


def _insert_part(connection: duckdb.DuckDBPyConnection, registry: Connection, part: Part) -> None:
    names = list(part.attributes)
    selected = ", ".join(f"{name}::text" for name in names)
    items = copy_out(
        registry,
        f"SELECT patient, item, {selected} FROM touched_patient JOIN {part.table}"
        " USING (patient_id)",
    )
    _insert_unpivoted(connection, items, names, f"'{part.name}', item, field")


def _insert_unpivoted(
    connection: duckdb.DuckDBPyConnection, stored: pl.DataFrame, names: list[str], address: str
) -> None:
    if stored.is_empty():
        return
    create_table(connection, "stored_wide", stored.cast(pl.String))
    connection.execute(
        f"INSERT INTO stored_fact SELECT patient::INTEGER, {address}, value FROM ("
        f"UNPIVOT stored_wide ON {', '.join(names)} INTO NAME field VALUE value)"
    )


def collect_facts(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create `brought` from `staged`, `row_patient` and `stored_fact`."""
    _prepare_vocabulary(connection, registry, file_format, account_id)
    slots = staged_slots(connection)
    facts = [fact for fact in file_format.facts if fact.slot in slots or fact.value]
    _open_full_view(connection, file_format)
    brought = [
        _brought(fact, file_format, facts[:place], place) for place, fact in enumerate(facts)
    ]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE brought AS
        SELECT r.line, r.patient, field::fact_field AS field, item,
            attribute::fact_attribute AS attribute, value, place::USMALLINT AS place,
            bit::BIGINT AS bit, is_lone, is_new
        FROM ({" UNION ALL ".join(brought)}) b JOIN row_patient r USING (line)
        """
    )
    _keep_first_spelling(connection, facts)
    if file_format.clear_marker:
        _add_clears(connection, facts)
    _drop_aliases(connection, registry)


def _brought(fact: Fact, file_format: Format, earlier: list[Fact], place: int) -> str:
    """SELECT of (line, field, item, attribute, value, place, bit) for one declared fact.

    Where two columns of a row name the same item (phone and phone-1), the first one counts.
    """
    value = fact.value or fact.slot
    item = fact.item
    source = "staged_full"
    place *= _LIST_PLACES
    in_order = str(place)
    if file_format.column(fact.slot).kind.is_list:
        elements = f"string_split({fact.slot}, chr(31))"
        item = item.format(element="element")
        source = (
            f"(SELECT DISTINCT ON (line, {item}) line, element, nth FROM "
            f"(SELECT line, unnest({elements}) AS element,"
            f" generate_subscripts({elements}, 1) AS nth FROM staged_full)"
            f" ORDER BY line, {item}, nth)"
        )
        value = "element"
        in_order = f"{place} + least(nth, {_LIST_PLACES - 1})"
    if fact.vocabulary:
        source = f"{source} JOIN known_name k ON k.folded = lower({fact.slot})"
        source += f" AND k.field = '{fact.field}'"
        value = "k.name"
    same_address = [
        f"AND ({other.item}) IS DISTINCT FROM ({item})"
        for other in earlier
        if (other.field, other.attribute) == (fact.field, fact.attribute)
        and not (is_constant(item) and is_constant(other.item))
    ]
    return (
        f"SELECT line, '{fact.field}' AS field, {item} AS item, '{fact.attribute}' AS attribute,"
        f" {value}::VARCHAR AS value, {in_order} AS place, {_bit(fact)} AS bit"
        f" FROM {source} WHERE {value} IS NOT NULL {' '.join(same_address)}"
    )


def _drop_aliases(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    """An identifier of somebody who was merged in does not replace the one that is shown.

    Else a sender who has the person twice would change it back and forth every night.
    """
    aliases = copy_out(
        registry,
        "SELECT patient, item, value FROM touched_patient JOIN patient_alias USING (patient_id)",
    )
    if aliases.is_empty():
        return
    create_table(connection, "stored_alias", aliases.cast(pl.String))
    connection.execute(
        """
        DELETE FROM brought b USING stored_alias a, stored_fact s
        WHERE b.field = 'identifier' AND a.patient::INTEGER = b.patient
            AND a.item = b.item AND a.value = b.value
            AND s.patient = b.patient AND s.field = b.field AND s.item = b.item
        """
    )


def _keep_first_spelling(connection: duckdb.DuckDBPyConnection, facts: list[Fact]) -> None:
    """An element that differs from an earlier one by case only says nothing new."""
    fields = [fact.field for fact in facts if fact.item == "lower({element})"]
    if not fields:
        return
    connection.execute(
        """
        UPDATE brought SET value = earlier.value FROM (
            SELECT patient, field, item, attribute, arg_min(value, line) AS value FROM (
                SELECT 0 AS line, patient, field, item, attribute, value FROM stored_fact
                UNION ALL SELECT line, patient, field, item, attribute, value FROM brought
                WHERE NOT is_lone
            ) WHERE list_contains($fields, field::VARCHAR) GROUP BY ALL
        ) earlier
        WHERE brought.patient = earlier.patient AND brought.field = earlier.field
            AND brought.item = earlier.item AND brought.attribute = earlier.attribute
        """,
        {"fields": fields},
    )


def is_constant(item: str) -> bool:
    """Whether an item's SQL is one key, so that a part has one such item; else they are a list."""
    return re.fullmatch("'[^']*'", item) is not None


def _bit(fact: Fact) -> int:
    """The fact's bit in `import_row.confirmed`; 0 for facts that are never replaced."""
    address = (fact.field, fact.item.strip("'"), fact.attribute)
    is_replaced = is_constant(fact.item) and address in CONFIRMED_BITS
    return 1 << CONFIRMED_BITS[address] if is_replaced else 0


def _open_full_view(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """`staged_full`: `staged` with a NULL column for every slot that the file lacks."""
    slots = staged_slots(connection)
    lacking = [f"NULL::VARCHAR AS {c.slot}" for c in file_format.columns if c.slot not in slots]
    columns = ", ".join(["*", *lacking])
    connection.execute(f"CREATE OR REPLACE TEMP VIEW staged_full AS SELECT {columns} FROM staged")


def _prepare_vocabulary(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """`known_name`: the spelling of each department and group that the account saw first."""
    stored = copy_out(
        registry,
        "SELECT field, folded, name FROM vocabulary WHERE account_id = %s",
        (account_id,),
    )
    create_table(connection, "stored_name", stored.cast(pl.String))
    slots = staged_slots(connection)
    given = [
        f"SELECT '{fact.field}' AS field, lower({fact.slot}) AS folded, {fact.slot} AS name, line"
        " FROM staged JOIN row_patient USING (line)"
        for fact in file_format.facts
        if fact.vocabulary and fact.slot in slots
    ]
    given = given or ["SELECT '' AS field, '' AS folded, '' AS name, 0 AS line WHERE false"]
    connection.execute(
        f"""
        CREATE OR REPLACE TABLE unknown_name AS
        SELECT field, folded, arg_min(name, line) AS name FROM ({" UNION ALL ".join(given)})
        ANTI JOIN stored_name USING (field, folded)
        WHERE folded <> '' GROUP BY field, folded
        """
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE known_name AS"
        " FROM stored_name UNION ALL BY NAME FROM unknown_name"
    )


def _add_clears(connection: duckdb.DuckDBPyConnection, facts: list[Fact]) -> None:
    """A cleared column clears its address; a cleared list clears every item known by then."""
    found = connection.execute("SELECT DISTINCT unnest(clears) FROM staged").fetchall()
    cleared = {slot for (slot,) in found}
    for fact in facts:
        if fact.slot not in cleared:
            continue
        address = f"f.field = '{fact.field}' AND f.attribute = '{fact.attribute}'"
        if is_constant(fact.item):
            address += f" AND f.item = {fact.item}"
        connection.execute(
            f"""
            INSERT INTO brought
            SELECT DISTINCT r.line, r.patient, f.field, f.item, f.attribute, NULL, 65535,
                {_bit(fact)}, r.is_lone, r.is_new
            FROM staged s JOIN row_patient r USING (line)
            JOIN (
                SELECT 0 AS line, patient, field, item, attribute FROM stored_fact
                UNION ALL SELECT line, patient, field, item, attribute FROM brought
            ) f ON f.patient = r.patient AND f.line < r.line AND {address}
            WHERE list_contains(s.clears, '{fact.slot}')
            """
        )
