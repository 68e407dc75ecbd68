"""What an account was before its zone or settings changed."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0018"
down_revision: str | None = "0017"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "account_history",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("format", sa.Text(), nullable=False),
        sa.Column("time_zone", sa.Text(), nullable=False),
        sa.Column("cadence", sa.Text(), nullable=False),
        sa.Column("settings", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_history_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "valid_from", name=op.f("pk_account_history")),
        comment="What an account was from which moment on; a trigger adds to it",
    )
    # Nobody but the owner may look into it: its views show patients, and nobody is granted them.
    op.execute("CREATE SCHEMA IF NOT EXISTS marts_patients_staging")
    # Of the time before, only what holds now is known.
    op.execute(
        "INSERT INTO account_history"
        " (account_id, valid_from, name, format, time_zone, cadence, settings)"
        " SELECT id, created_at, name, format, time_zone, cadence, settings FROM account"
    )


def downgrade() -> None:
    # All of it can be built again.
    op.execute("DROP SCHEMA IF EXISTS marts_patients_staging CASCADE")
    for trigger in ("keep_account_history", "keep_first_account_history"):
        op.execute(f"DROP TRIGGER IF EXISTS {trigger} ON account")
    op.execute("DROP FUNCTION IF EXISTS keep_account_history()")
    op.drop_table("account_history")
