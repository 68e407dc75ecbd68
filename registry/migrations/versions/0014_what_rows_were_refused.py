"""What a row brought and a newer file kept out, so that undo of the newer file can bring it back."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0014"
down_revision: str | None = "0012"
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


def downgrade() -> None:
    op.drop_table("refused_value")
