"""The tables that grow with every row are partitioned by month; imports say what was archived.

No row is moved. The table that is there becomes the partition of all ids below a bound, and an
empty one takes what comes after it. That no row lies beyond the bound, `registry.migrations.months`
has PostgreSQL find out beforehand, while others write; here it is done only where that was not, as
in a new registry. (docs/decisions/019-postgresql-at-size.md)
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import sqlalchemy as sa
from alembic import op

revision: str = "0030"
down_revision: str | None = "0028"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TABLES = ("import_row", "row_issue", "refused_value", "patient_change")
TIME = sa.DateTime(timezone=True)

FIND_BOUND = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = '{table}'::regclass AND conname = 'ck_{table}_before' AND convalidated
"""
FIND_INDEXES = """
SELECT index.relname, pg_get_indexdef(index.oid), pg_constraint.oid IS NOT NULL
FROM pg_index
JOIN pg_class AS index ON pg_index.indexrelid = index.oid
LEFT JOIN pg_constraint ON index.oid = pg_constraint.conindid
WHERE pg_index.indrelid = '{table}'::regclass
"""
FIND_KEY = """
SELECT pg_get_constraintdef(oid) FROM pg_constraint
WHERE conrelid = '{table}'::regclass AND contype = 'p'
"""


def upgrade() -> None:
    op.add_column(
        "import",
        sa.Column("rows_archived_at", TIME, comment="when its rows and issues were, being old"),
    )
    op.add_column(
        "import",
        sa.Column("history_archived_at", TIME, comment="when its changes of patients were"),
    )
    for name, column in (("rows", "rows_archived_at"), ("history", "history_archived_at")):
        op.create_index(
            f"ix_import_{name}_archived",
            "import",
            ["account_id", "id"],
            postgresql_where=sa.text(f"{column} IS NOT NULL"),
        )
    for table in TABLES:
        partition(table)


def partition(table: str) -> None:
    """Make the table the lowest partition of one that has its name, its keys and its indexes."""
    prepared = _rows(FIND_BOUND.format(table=table))
    bound = _bound_in(prepared[0][0]) if prepared else _next_month()
    month = f"{datetime.fromtimestamp((bound.int >> 80) / 1000, UTC):%Y_%m}"
    old, following = f"{table}_until_{month}", f"{table}_{month}_onwards"
    indexes = _rows(FIND_INDEXES.format(table=table))
    ((key,),) = _rows(FIND_KEY.format(table=table))
    ((comment,),) = _rows(f"SELECT quote_nullable(obj_description('{table}'::regclass))")
    op.execute(f"ALTER TABLE {table} RENAME TO {old}")
    for name, _, _ in indexes:
        op.execute(f"ALTER INDEX {name} RENAME TO {name}_until_{month}")
    op.execute(
        f"CREATE TABLE {table} (LIKE {old} INCLUDING DEFAULTS INCLUDING COMMENTS"
        " INCLUDING STORAGE) PARTITION BY RANGE (import_id)"
    )
    op.execute(f"COMMENT ON TABLE {table} IS {comment}")
    op.execute(f"ALTER TABLE {table} ADD CONSTRAINT pk_{table} {key}")
    for _, definition, is_of_constraint in indexes:
        if not is_of_constraint:
            op.execute(definition)
    op.execute(f"CREATE TABLE {following} (LIKE {table} INCLUDING ALL)")
    # Partitions are read through their table, by its policies: they have none of their own.
    for each in (old, following):
        op.execute(f"ALTER TABLE {each} ENABLE ROW LEVEL SECURITY")
    if not prepared:
        # Ids of a clock that was ahead; there are hardly any.
        op.execute(
            f"WITH moved AS (DELETE FROM {old} WHERE import_id >= '{bound}' RETURNING *)"
            f" INSERT INTO {following} SELECT * FROM moved"
        )
    attach = f"ALTER TABLE {table} ATTACH PARTITION"
    op.execute(f"{attach} {old} FOR VALUES FROM (MINVALUE) TO ('{bound}')")
    op.execute(f"{attach} {following} FOR VALUES FROM ('{bound}') TO (MAXVALUE)")
    op.execute(f"ALTER TABLE {old} DROP CONSTRAINT IF EXISTS ck_{table}_before")


def _bound_in(check: str) -> UUID:
    found = re.search(r"'([0-9a-f-]{36})'", check)
    if found is None:
        raise ValueError(f"a constraint without a bound: {check}")
    return UUID(found[1])


def _next_month() -> UUID:
    now = datetime.now(UTC)
    years, month = divmod(now.month, 12)
    start = datetime(now.year + years, month + 1, 1, tzinfo=UTC)
    return UUID(int=int(start.timestamp() * 1000) << 80)


def _rows(query: str) -> Sequence[Any]:
    return op.get_bind().execute(sa.text(query)).fetchall()


def downgrade() -> None:
    for table in TABLES:
        lowest, *others = _partitions(table)
        for each in (lowest, *others):
            op.execute(f"ALTER TABLE {table} DETACH PARTITION {each}")
        op.execute(f"DROP TABLE {table}")
        for each in others:
            op.execute(f"INSERT INTO {lowest} SELECT * FROM {each}")
            op.execute(f"DROP TABLE {each}")
        op.execute(f"ALTER TABLE {lowest} RENAME TO {table}")
        for name, _, _ in _rows(FIND_INDEXES.format(table=table)):
            op.execute(f"ALTER INDEX {name} RENAME TO {re.sub('_until_.*', '', name)}")
    for name, column in (("rows", "rows_archived_at"), ("history", "history_archived_at")):
        op.drop_index(f"ix_import_{name}_archived", "import")
        op.drop_column("import", column)
    # Policies and grants went with the tables: the next migrate makes them anew.
    op.execute("DELETE FROM applied_objects")


def _partitions(table: str) -> list[str]:
    found = _rows(
        "SELECT inhrelid::regclass::text, pg_get_expr(relpartbound, oid) FROM pg_inherits"
        f" JOIN pg_class ON inhrelid = oid WHERE inhparent = '{table}'::regclass"
    )
    return [name for name, bounds in sorted(found, key=lambda row: "MINVALUE" not in row[1])]
