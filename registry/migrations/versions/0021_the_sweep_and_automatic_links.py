"""Clusters of open pairs, what keeps a pair from being linked automatically, and automatic links."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0021"
down_revision: str | None = "0020"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "review",
        sa.Column("caution", sa.Text(), comment="why the pair is never linked automatically"),
    )
    op.create_index("ix_review_older", "review", ["other_patient_id"])
    op.add_column(
        "decision",
        sa.Column(
            "is_automatic",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="a merge by the account's threshold, or its split by an undo",
        ),
    )


def downgrade() -> None:
    op.drop_column("decision", "is_automatic")
    op.drop_index("ix_review_older", "review")
    op.drop_column("review", "caution")
