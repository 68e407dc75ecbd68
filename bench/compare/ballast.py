"""More people in a registry, by SQL: copies of those that an import brought.

A copy has all rows of its original in all tables, under another id, other identifiers, the names
of another person and another birthday. So there are as many rows and items as after imports, and it
takes minutes where imports take hours. The SQL knows no more of the tables than how a patient is
told apart; files that are measured meet the originals only, and their namesakes.
"""

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor

import psycopg
from psycopg import Connection, sql

from registry.database.statements import Statements

_SQL = Statements(__file__)
_CORES = 2

_OTHER_IDS = (
    "(lpad(to_hex(('x' || translate(left({column}::text, 13), '-', ''))::bit(48)::bigint"
    " - %(copy)s * 3600000), 12, '0') || substr(translate({column}::text, '-', ''), 13))::uuid"
)
"""The id of a copy: that of a row which was imported an hour earlier for each copy."""

_Others = Mapping[str | tuple[str, str], str]

_OTHERS: _Others = {
    "patient_id": _OTHER_IDS,
    "line": "{column} + %(copy)s * %(lines)s",
    "birth_date": "{column} - %(copy)s",
    ("patient", "id"): _OTHER_IDS,
    ("patient_identifier", "value"): "{column} || '-' || %(copy)s",
}
"""What differs in a copy, by column, or by table and column."""

_OF_OWN_IMPORTS: _Others = {
    "import_id": _OTHER_IDS,
    "line": "{column}",
    "registry_version": "{column} + %(copy)s",
}
"""What differs, too, where each copy has imports of its own, on the lines of the originals."""

_NAMED = {
    "name_key": "CASE WHEN mod(person.number + %(copy)s, 11) = 0 THEN {column}"
    " ELSE {column} # (%(copy)s::bigint << 40) END",
    "first_name": "{column}",
    "last_name": "{column}",
}
"""These come from another patient. One copy in eleven keeps the key that follows from its names:
then the first 100,000 people have as many namesakes among a million, 1.8 each with themselves, as
they have among a million of `synthetic.people`."""


def multiply(url: str, copies: int, *, own_imports: bool = False) -> None:
    """Add `copies` people for each patient, table by table, and each copy in one go.

    With `own_imports`, a copy is what an import an hour earlier would have brought, whose id is
    `other_id` of the original's; the caller adds the rows of these imports. Indexes that no
    constraint needs are made anew at the end, and no trigger runs. Two tables grow at a time.
    """
    others = {**_OTHERS, **(_OF_OWN_IMPORTS if own_imports else {})}
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(_SQL["number_people"])
        connection.execute("ANALYZE bench_people")
        (lines,) = connection.execute("SELECT 1 + max(line) FROM import_row").fetchone() or (1,)
        tables = [name for (name,) in connection.execute(_SQL["list_tables_of_patients"])]
        tables = [name for name in tables if _has_rows(connection, name)]
        indexes = connection.execute(_SQL["list_free_indexes"], {"tables": tables}).fetchall()
        for name, _ in indexes:
            connection.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
        parameters = [{"copy": copy, "lines": lines} for copy in range(1, copies + 1)]
        with ThreadPoolExecutor(_CORES) as pool:
            list(pool.map(lambda table: _multiply_table(url, table, others, parameters), tables))
        with ThreadPoolExecutor(_CORES) as pool:
            list(pool.map(lambda index: _execute(url, index[1]), indexes))
        connection.execute("DROP TABLE bench_people")


def other_id(column: str) -> str:
    """SQL for the id of copy `%(copy)s` of what has its id, a UUIDv7, in this column."""
    return _OTHER_IDS.format(column=column)


def _has_rows(connection: Connection, table: str) -> bool:
    query = sql.SQL("SELECT EXISTS (SELECT FROM {})").format(sql.Identifier(table))
    return connection.execute(query).fetchone() == (True,)


def _multiply_table(
    url: str, table: str, others: _Others, parameters: Sequence[Mapping[str, object]]
) -> None:
    """Add each copy. The originals are set apart first, or each copy would read all before it."""
    originals = sql.Identifier("bench_originals")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("SET session_replication_role = replica")
        statement = _statement(connection, table, originals, others)
        owner, own = (sql.Identifier(name) for name in (_owner(table), table))
        set_apart = sql.SQL(_SQL["set_originals_apart"])
        connection.execute(set_apart.format(originals=originals, table=own, owner=owner))
        connection.execute(sql.SQL("ANALYZE {}").format(originals))
        for each in parameters:
            connection.execute(statement, each)


def _execute(url: str, statement: str) -> None:
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(statement.encode())


def _owner(table: str) -> str:
    """The column with the patient's id."""
    return "id" if table == "patient" else "patient_id"


def _statement(
    connection: Connection, table: str, originals: sql.Identifier, others: _Others
) -> sql.Composed:
    """The INSERT of one copy of the originals."""
    where = {"schema": "public", "table": table}
    columns = connection.execute(_SQL["list_columns"], where).fetchall()
    names = [name for (name,) in columns]
    return sql.SQL(_SQL["multiply_rows"]).format(
        table=sql.Identifier(table),
        originals=originals,
        columns=sql.SQL(", ").join(map(sql.Identifier, names)),
        values=sql.SQL(", ").join(_values(table, names, others)),
        owner=sql.Identifier(_owner(table)),
    )


def _values(table: str, names: list[str], others: _Others) -> Iterator[sql.Composable]:
    for name in names:
        if table == "patient" and name in _NAMED:
            yield sql.SQL(_NAMED[name]).format(column=sql.Identifier("other", name))
            continue
        changed = others.get((table, name), others.get(name, "{column}"))
        yield sql.SQL(changed).format(column=sql.Identifier("own", name))
