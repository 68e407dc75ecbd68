"""What rows were refused, so that undo brings it back; and the order of receipt, beside its time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0013"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "refused_value",
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("refused", sa.JSON(), nullable=False, comment="address of fact: value"),
        sa.PrimaryKeyConstraint(
            "patient_id", "import_id", "attempt", name=op.f("pk_refused_value")
        ),
        comment="values that an attempt brought and a newer file kept out; only those that differ",
    )

    op.add_column(
        "import",
        sa.Column(
            "ordered_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
            comment="the account's order of receipt: received_at, or later where a clock was wrong",
        ),
    )
    op.execute("UPDATE import SET ordered_at = received_at")
    op.create_index(op.f("ix_import_account_id_ordered_at"), "import", ["account_id", "ordered_at"])


def downgrade() -> None:
    op.drop_index(op.f("ix_import_account_id_ordered_at"), "import")
    op.drop_column("import", "ordered_at")
    op.drop_table("refused_value")
