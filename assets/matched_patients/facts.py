"""The facts that rows bring and the facts that are stored, in one shape.

Tables out (temporary): `fact(line, patient_id, field, item, attribute, value, place)`, where line
0 is what the registry holds and a NULL value is a wish to clear, `place` the order of the columns; `unknown_name(field, folded, name)`
for departments and groups that the account did not have.
"""

import re
from collections.abc import Iterator

import duckdb
import polars as pl
from psycopg import Connection

from assets.matched_patients.keys import staged_slots
from assets.staging import create_table
from registry.bulk import copy_in_temporary, copy_out
from schemas.canonical import PARTS, SCALARS, Part
from schemas.formats import Fact, Format


def fetch_stored(connection: duckdb.DuckDBPyConnection, registry: Connection) -> None:
    """Create `stored_fact`: all facts of the stored patients that rows were assigned to."""
    ids = connection.sql("SELECT DISTINCT patient_id FROM assigned WHERE root = 0").pl()
    copy_in_temporary(registry, "touched_patient", {"patient_id": "uuid"}, ids)
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE stored_fact (patient_id VARCHAR, field VARCHAR,"
        " item VARCHAR, attribute VARCHAR, value VARCHAR)"
    )
    if ids.is_empty():
        return
    names = [scalar.name for scalar in SCALARS]
    selected = ", ".join(f"{name}::text" for name in names)
    stored = copy_out(
        registry,
        f"SELECT t.patient_id, {selected} FROM touched_patient t JOIN patient p"
        " ON p.id = t.patient_id",
    )
    _insert_unpivoted(connection, stored, names, "field, '' AS item, '' AS attribute")
    for part in PARTS:
        _insert_part(connection, registry, part)


def _insert_part(
    connection: duckdb.DuckDBPyConnection, registry: Connection, part: Part
) -> None:
    names = list(part.attributes)
    selected = ", ".join(f"{name}::text" for name in names)
    stored = copy_out(
        registry,
        f"SELECT patient_id, item, {selected} FROM touched_patient JOIN {part.table}"
        " USING (patient_id)",
    )
    _insert_unpivoted(connection, stored, names, f"'{part.name}' AS field, item, field AS attribute")


def _insert_unpivoted(
    connection: duckdb.DuckDBPyConnection, stored: pl.DataFrame, names: list[str], address: str
) -> None:
    create_table(connection, "stored_wide", stored.cast(pl.String))
    connection.execute(
        f"INSERT INTO stored_fact SELECT patient_id, {address}, value FROM ("
        f"UNPIVOT stored_wide ON {', '.join(names)} INTO NAME field VALUE value)"
    )


def collect_facts(
    connection: duckdb.DuckDBPyConnection,
    registry: Connection,
    file_format: Format,
    account_id: int,
) -> None:
    """Create `fact` from `staged`, `assigned` and `stored_fact`."""
    _prepare_vocabulary(connection, registry, file_format, account_id)
    slots = staged_slots(connection)
    facts = [fact for fact in file_format.facts if fact.slot in slots or fact.value]
    brought = " UNION ALL ".join(
        _brought(fact, file_format, place) for place, fact in enumerate(facts)
    )
    _open_full_view(connection, file_format)
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE brought AS
        SELECT a.line, a.patient_id, field, item, attribute, arg_min(value, place) AS value,
            min(place)::SMALLINT AS place
        FROM ({brought}) b JOIN assigned a USING (line)
        GROUP BY a.line, a.patient_id, field, item, attribute
        """
    )
    connection.execute(
        """
        CREATE OR REPLACE TEMP TABLE fact AS
        SELECT 0 AS line, patient_id, field, item, attribute, value, -1::SMALLINT AS place
        FROM stored_fact
        UNION ALL BY NAME FROM brought
        """
    )
    if file_format.clear_marker:
        _add_clears(connection, facts)


def _brought(fact: Fact, file_format: Format, place: int) -> str:
    """SELECT of (line, field, item, attribute, value) for one declared fact."""
    value = fact.value or fact.slot
    item = fact.item
    source = "staged_full"
    if file_format.column(fact.slot).kind.is_list:
        source = f"(SELECT line, unnest(string_split({fact.slot}, chr(31))) AS element FROM staged_full)"
        value, item = "element", item.format(element="element")
    if fact.vocabulary:
        source = f"{source} JOIN known_name k ON k.folded = fold({fact.slot})"
        source += f" AND k.field = '{fact.field}'"
        value = "k.name"
    return (
        f"SELECT line, '{fact.field}' AS field, {item} AS item, '{fact.attribute}' AS attribute,"
        f" {value}::VARCHAR AS value, {place} AS place FROM {source} WHERE {value} IS NOT NULL"
    )


def _open_full_view(connection: duckdb.DuckDBPyConnection, file_format: Format) -> None:
    """`staged_full`: `staged` with a NULL column for every slot that the file lacks."""
    slots = staged_slots(connection)
    lacking = [f"NULL::VARCHAR AS {c.slot}" for c in file_format.columns if c.slot not in slots]
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW staged_full AS SELECT {', '.join(['*', *lacking])} FROM staged"
    )


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
        f"SELECT '{fact.field}' AS field, fold({fact.slot}) AS folded, {fact.slot} AS name, line"
        " FROM staged JOIN assigned USING (line)"
        for fact in file_format.facts
        if fact.vocabulary and fact.slot in slots
    ]
    given = given or ["SELECT '' AS field, '' AS folded, '' AS name, 0 AS line WHERE false"]
    connection.execute(
        f"""
        CREATE OR REPLACE TEMP TABLE unknown_name AS
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
    for clear in _clears(facts):
        connection.execute(clear)


def _clears(facts: list[Fact]) -> Iterator[str]:
    for fact in facts:
        clearing = (
            f"SELECT s.line, a.patient_id FROM staged s JOIN assigned a USING (line)"
            f" WHERE list_contains(s.clears, '{fact.slot}')"
        )
        address = f"f.field = '{fact.field}' AND f.attribute = '{fact.attribute}'"
        if re.fullmatch("'[^']*'", fact.item):
            address += f" AND f.item = {fact.item}"
        yield (
            "INSERT INTO fact SELECT DISTINCT c.line, c.patient_id, f.field, f.item, f.attribute,"
            f" NULL, f.place FROM ({clearing}) c JOIN fact f ON f.patient_id = c.patient_id"
            f" AND f.line < c.line AND {address}"
        )
