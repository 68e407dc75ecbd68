"""The tables that grow with every imported row, partitioned by the month of the import.

Their partition key is `import_id`, a UUIDv7: its first 48 bits are the milliseconds of receipt, so
that a range of ids is a range of time. It is in the primary key of each of these tables, which is
thus as true over all partitions as it was over one table; and who reads the rows of an import reads
one partition (docs/decisions/019-postgresql-at-size.md).

    import_row_2027_02                  [1 February 2027, 1 March 2027)
    import_row_2027_03_until_2027_06    [1 March 2027, 1 June 2027): nobody made months in time
    import_row_2027_06_onwards          [1 June 2027, for ever)

The lowest partition has no lower bound and the highest one no upper bound, so that every row finds
its place, even if months are not made for years. There is no default partition, because PostgreSQL
detaches none concurrently from a table that has one.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID

from psycopg import Connection, Rollback, sql
from psycopg.errors import CheckViolation, LockNotAvailable

from registry.database.statements import Statements
from registry.ids import first_id_at

_SQL = Statements(__file__)

LEDGER_ROWS = ("import_row", "row_issue", "refused_value")
HISTORY = ("patient_change",)
PARTITIONED = (*LEDGER_ROWS, *HISTORY)

MONTHS_AHEAD = 3
"""Months that have a partition of their own before they begin."""

LOCK_TIMEOUT = "2s"
"""How long readers and writers of a table may queue behind the lock that new bounds need."""

_BOUNDS = re.compile(
    r"FROM \((?:MINVALUE|'(?P<lower>[^']+)')\) TO \((?:MAXVALUE|'(?P<upper>[^']+)')\)"
)
_MONTH = r"\d{4}_\d\d"
_NAME = re.compile(
    rf"({'|'.join(PARTITIONED)})_({_MONTH}(_onwards)?|({_MONTH}_)?until_{_MONTH}|always)"
)
_TIMESTAMP_BITS = 80
_HAS_ANALYZE_ONLY = 180_000
"""Before this version of PostgreSQL, each partition is looked at again."""


@dataclass(frozen=True)
class Partition:
    """The rows with `lower <= import_id < upper`; None: from the first, or to the last."""

    table: str
    name: str
    lower: UUID | None
    upper: UUID | None


@dataclass(frozen=True)
class MadeMonths:
    """Names of the partitions that were made; tables that were in use and wait for another time."""

    made: tuple[str, ...] = ()
    busy: tuple[str, ...] = ()


def list_partitions(connection: Connection, tables: Sequence[str] = PARTITIONED) -> list[Partition]:
    """The partitions of these tables, by table and then by bound."""
    found = connection.execute(_SQL["list_month_partitions"], {"tables": list(tables)}).fetchall()
    partitions = [_read(*row) for row in found]
    return sorted(
        partitions, key=lambda each: (tables.index(each.table), each.lower or UUID(int=0))
    )


def is_month_partition(name: str) -> bool:
    """Whether a table of this name is a partition of ours, or was one."""
    return _NAME.fullmatch(name) is not None


def month_of(bound: UUID) -> datetime:
    """The instant that a bound stands for."""
    return datetime.fromtimestamp((bound.int >> _TIMESTAMP_BITS) / 1000, UTC)


def start_of_month(instant: datetime, later: int = 0) -> datetime:
    """The first instant of its month in UTC, or of one that is so many months later.

    Example: 27 November 2026, 3 → 1 February 2027, 00:00 UTC.
    """
    here = instant.astimezone(UTC)
    years, month = divmod(here.month - 1 + later, 12)
    return datetime(here.year + years, month + 1, 1, tzinfo=UTC)


def make_months(
    connection: Connection, now: datetime, months_ahead: int = MONTHS_AHEAD
) -> MadeMonths:
    """Give this month and the next ones partitions of their own, where they have none yet.

    Rows of months that nobody made in time stand in the highest partition. It becomes the partition
    of all of these months then, and an empty one takes its place: no row is moved. Each table has
    transactions of its own, and the connection must be in none. A table that is in use for longer
    than `LOCK_TIMEOUT` is left to the next time.
    """
    wanted = start_of_month(now, months_ahead + 1)
    made: list[str] = []
    busy: list[str] = []
    highest = [each for each in list_partitions(connection) if each.upper is None]
    connection.commit()
    for last in highest:
        if last.lower is not None and month_of(last.lower) >= wanted:
            continue
        try:
            made += _extend(connection, last, wanted)
        except LockNotAvailable:
            connection.rollback()
            busy.append(last.table)
    return MadeMonths(tuple(made), tuple(busy))


def analyze(connection: Connection) -> None:
    """Make statistics of the tables as a whole, for plans over several partitions."""
    only = "ONLY " if connection.info.server_version >= _HAS_ANALYZE_ONLY else ""
    for table in PARTITIONED:
        connection.execute(
            sql.SQL(f"ANALYZE (SKIP_LOCKED) {only}{{}}").format(sql.Identifier(table))
        )
        connection.commit()


def _extend(connection: Connection, last: Partition, wanted: datetime) -> list[str]:
    """Let the highest partition begin at `wanted`, and make those before it."""
    is_empty = _is_empty(connection, last.name)
    connection.commit()
    return (_move_bound if is_empty else _close)(connection, last, wanted)


def _is_empty(connection: Connection, name: str) -> bool:
    return not connection.execute(_query("SELECT FROM {} LIMIT 1", name)).rowcount


def _move_bound(connection: Connection, last: Partition, wanted: datetime) -> list[str]:
    """An empty highest partition begins later, and months fill the gap."""
    made = []
    with connection.transaction() as changing:
        _detach(connection, last)
        if not _is_empty(connection, last.name):
            raise Rollback(changing)
        lower = month_of(last.lower) if last.lower else wanted
        while lower < wanted:
            upper = start_of_month(lower, 1)
            made.append(make_partition(connection, last.table, lower, upper))
            lower = upper
        rename(connection, last.name, name := name_of(last.table, wanted, None))
        attach(connection, last.table, name, first_id_at(wanted), None)
        made.append(name)
    # A row came between the look and the lock.
    return made or _close(connection, last, wanted)


def _close(connection: Connection, last: Partition, wanted: datetime) -> list[str]:
    """The highest partition has rows: it ends at `wanted`, and an empty one follows it.

    That its rows belong there is found out before the lock is taken, with a constraint that is
    validated while others write. Only rows of a clock that is months ahead do not belong there;
    these are moved.
    """
    bound = first_id_at(wanted)
    check = f"ck_{last.table}_before"
    has_strays = _has_strays(connection, last.name, bound, check)
    with connection.transaction():
        _detach(connection, last)
        following = create_like(connection, last.table, name_of(last.table, wanted, None))
        if has_strays:
            moved = (
                "WITH moved AS (DELETE FROM {} WHERE import_id >= %s RETURNING *) "
                "INSERT INTO {} SELECT * FROM moved"
            )
            connection.execute(_query(moved, last.name, following), (bound,))
        lower = month_of(last.lower) if last.lower else None
        rename(connection, last.name, closed := name_of(last.table, lower, wanted))
        attach(connection, last.table, closed, last.lower, bound)
        attach(connection, last.table, following, bound, None)
        connection.execute(_query("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", closed, check))
    return [closed, following]


def _has_strays(connection: Connection, name: str, bound: UUID, check: str) -> bool:
    """Whether rows lie beyond the bound; where none does, a valid constraint says so afterwards."""
    drop = _query("ALTER TABLE {} DROP CONSTRAINT IF EXISTS {}", name, check)
    with connection.transaction():
        connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
        connection.execute(drop)
        add_check(connection, name, check, bound)
    try:
        with connection.transaction():
            connection.execute(_query("ALTER TABLE {} VALIDATE CONSTRAINT {}", name, check))
    except CheckViolation:
        with connection.transaction():
            connection.execute(drop)
        return True
    return False


def add_check(connection: Connection, table: str, name: str, bound: UUID) -> None:
    """Constrain new rows of the table to ids below the bound; those that are there, later."""
    statement = sql.SQL("ALTER TABLE {} ADD CONSTRAINT {} CHECK (import_id < {}) NOT VALID")
    connection.execute(
        statement.format(sql.Identifier(table), sql.Identifier(name), sql.Literal(str(bound)))
    )


def make_partition(
    connection: Connection, table: str, lower: datetime | None, upper: datetime
) -> str:
    """Make and attach an empty partition; returns its name."""
    name = create_like(connection, table, name_of(table, lower, upper))
    attach(connection, table, name, first_id_at(lower) if lower else None, first_id_at(upper))
    return name


def create_like(connection: Connection, table: str, name: str) -> str:
    """Make a table that can become a partition: columns, keys, indexes, and nothing to see.

    Row-level security without a policy shows nobody anything but the owner: whoever may read the
    table reads its partitions through it, by its policies.
    """
    connection.execute(_query("CREATE TABLE {} (LIKE {} INCLUDING ALL)", name, table))
    connection.execute(_query("ALTER TABLE {} ENABLE ROW LEVEL SECURITY", name))
    return name


def attach(
    connection: Connection, table: str, name: str, lower: UUID | None, upper: UUID | None
) -> None:
    """Make a table the partition of these ids."""
    begin = sql.Literal(str(lower)) if lower else sql.SQL("MINVALUE")
    end = sql.Literal(str(upper)) if upper else sql.SQL("MAXVALUE")
    statement = sql.SQL("ALTER TABLE {} ATTACH PARTITION {} FOR VALUES FROM ({}) TO ({})")
    connection.execute(statement.format(sql.Identifier(table), sql.Identifier(name), begin, end))


def rename(connection: Connection, old: str, new: str) -> None:
    """Give a partition another name, and its primary key with it."""
    connection.execute(_query("ALTER TABLE {} RENAME TO {}", old, new))


def name_of(table: str, lower: datetime | None, upper: datetime | None) -> str:
    """How the partition of these bounds is named; the first lines of this module have examples."""
    if lower is None and upper is None:
        return f"{table}_always"
    if upper is None:
        return f"{table}_{lower:%Y_%m}_onwards"
    if lower is None:
        return f"{table}_until_{upper:%Y_%m}"
    if upper == start_of_month(lower, 1):
        return f"{table}_{lower:%Y_%m}"
    return f"{table}_{lower:%Y_%m}_until_{upper:%Y_%m}"


def _detach(connection: Connection, partition: Partition) -> None:
    connection.execute(f"SET LOCAL lock_timeout = '{LOCK_TIMEOUT}'")
    detach = _query("ALTER TABLE {} DETACH PARTITION {}", partition.table, partition.name)
    connection.execute(detach)


def _read(table: str, name: str, bounds: str) -> Partition:
    found = _BOUNDS.search(bounds)
    if found is None:
        raise ValueError(f"partition {name} of {table} has other bounds than ids: {bounds}")
    lower, upper = (UUID(each) if each else None for each in found.group("lower", "upper"))
    return Partition(table, name, lower, upper)


def _query(text: str, *names: str) -> sql.Composed:
    return sql.SQL(text).format(*map(sql.Identifier, names))
