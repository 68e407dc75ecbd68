"""Document queries: what is to be asked about whom, and what came of it."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0004"
down_revision: str | None = "0003"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

# As it was made in 0003.
ROLE = "rosterline_gateway"
OWN = "(nullif(current_setting('rosterline.account', true), '')::integer)"
TABLES = ("document_plan", "document_query")

PLAN_STATES = "state IN ('wanted', 'open', 'settled')"
QUERY_STATES = "state IN ('processing', 'completed', 'failed', 'not-configured', 'opted-out')"


def _time(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def _count(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    return sa.Column(name, kind(), server_default="0", nullable=False)


def upgrade() -> None:
    op.create_table(
        "document_plan",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), server_default="wanted", nullable=False),
        _time("due_at", now=True),
        sa.Column("fault", sa.Text(), nullable=True, comment="why sending paused"),
        _count("total"),
        _count("processing"),
        _count("completed"),
        _count("failed"),
        _count("not_configured"),
        _count("opted_out"),
        _count("found", sa.BigInteger),
        _time("counted_at", nullable=True),
        sa.CheckConstraint(PLAN_STATES, name=op.f("ck_document_plan_state")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_document_plan_import_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_document_plan_account_id")
        ),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_document_plan")),
        comment="An import's document queries as a whole; counts are made anew now and then",
    )
    op.create_index(
        "ix_document_plan_due",
        "document_plan",
        ["due_at"],
        postgresql_where=sa.text("state <> 'settled'"),
    )
    op.create_table(
        "document_query",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("found", sa.Integer(), nullable=True, comment="documents"),
        sa.Column("reason", sa.Text(), nullable=True, comment="a code, of the last try"),
        _count("tries", sa.SmallInteger),
        _time("planned_at", now=True),
        _time("next_try_at", now=True),
        sa.Column(
            "claimed_at",
            sa.DateTime(timezone=True),
            nullable=True,
            comment="on its way now, or cut off",
        ),
        _time("settled_at", nullable=True),
        sa.CheckConstraint(QUERY_STATES, name=op.f("ck_document_query_state")),
        sa.PrimaryKeyConstraint(
            "import_id", "attempt", "patient_id", name=op.f("pk_document_query")
        ),
        comment="A search for the documents of a patient whom an attempt created or updated",
    )
    op.create_index(op.f("ix_document_query_patient_id"), "document_query", ["patient_id"])
    op.create_index(
        "ix_document_query_due",
        "document_query",
        ["import_id", "next_try_at"],
        postgresql_where=sa.text("state = 'processing'"),
    )
    for table in TABLES:
        op.execute(f"GRANT SELECT ON {table} TO {ROLE}")
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_account ON {table} TO {ROLE} USING (account_id = {OWN})")


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
