"""What revision 0030 needs to know of large tables, found out beforehand while others write.

Attaching a table as a partition reads it whole, under a lock that keeps everybody out, unless a
valid constraint says that its rows lie within the bounds. Such a constraint is added without a look
at the rows and validated afterwards, under a lock that lets others read and write.
"""

from datetime import UTC, datetime

from psycopg import Connection, sql
from psycopg.errors import CheckViolation

from registry.database.month_partitions import PARTITIONED, add_check, start_of_month
from registry.ids import first_id_at

REVISION = "0030"
FIRST = "0014"
"""The revision that made the last one of these tables."""

MONTHS_LEFT = 3
"""How long the migration may be in coming: rows beyond the bound are refused until then."""

_VALIDATED = """
SELECT FROM pg_constraint WHERE conrelid = %s::regclass AND conname = %s AND convalidated
"""


def prepare(connection: Connection, present: str | None, now: datetime | None = None) -> bool:
    """Add and validate the constraints; safe to run again, and while services are at work.

    The connection is in no transaction before and after. A table with rows that are months ahead,
    by a clock that was wrong, is left to the revision, which moves them.

    Returns:
        Whether there was anything to prepare: tables older than revision 0030.
    """
    if present is None or not FIRST <= present < REVISION:
        return False
    bound = first_id_at(start_of_month(now or datetime.now(UTC), MONTHS_LEFT + 1))
    for table in PARTITIONED:
        name = f"ck_{table}_before"
        if connection.execute(_VALIDATED, (table, name)).rowcount:
            continue
        names = {"table": sql.Identifier(table), "name": sql.Identifier(name)}
        drop = sql.SQL("ALTER TABLE {table} DROP CONSTRAINT IF EXISTS {name}").format(**names)
        validate = sql.SQL("ALTER TABLE {table} VALIDATE CONSTRAINT {name}").format(**names)
        with connection.transaction():
            connection.execute(drop)
            add_check(connection, table, name, bound)
        try:
            with connection.transaction():
                connection.execute(validate)
        except CheckViolation:
            with connection.transaction():
                connection.execute(drop)
    return True
