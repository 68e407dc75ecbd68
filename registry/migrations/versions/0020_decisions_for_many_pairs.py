"""Why two patients are different, and merges of many pairs above a score."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0020"
down_revision: str | None = "0019"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "review",
        sa.Column(
            "why_different", sa.Text(), comment="of a pair judged different, if the person said"
        ),
    )
    op.create_check_constraint(
        op.f("ck_review_why_different"),
        "review",
        "why_different IN ('twins', 'relatives', 'other')",
    )
    op.create_table(
        "bulk_merge",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("lowest_weight", sa.Double(), nullable=False),
        sa.Column(
            "sample_size", sa.Integer(), nullable=False, comment="places that a person judges"
        ),
        sa.Column(
            "next_place", sa.Integer(), nullable=False, comment="all before it were gone through"
        ),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_by", sa.Text(), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True)),
        sa.CheckConstraint(
            "state IN ('open', 'finished', 'cancelled')", name=op.f("ck_bulk_merge_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_bulk_merge_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_merge")),
        comment="Merges of all pairs above a score, after a sample of them was judged",
    )
    op.create_index(
        op.f("ix_bulk_merge_account_id_created_at"), "bulk_merge", ["account_id", "created_at"]
    )
    op.create_table(
        "bulk_merge_pair",
        sa.Column("bulk_merge_id", sa.Uuid(), nullable=False),
        sa.Column(
            "place",
            sa.Integer(),
            autoincrement=False,
            nullable=False,
            comment="from 1, in random order; the first ones are the sample",
        ),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("other_patient_id", sa.Uuid(), nullable=False),
        sa.Column("is_merged", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.ForeignKeyConstraint(
            ["bulk_merge_id"], ["bulk_merge.id"], name=op.f("fk_bulk_merge_pair_bulk_merge_id")
        ),
        sa.PrimaryKeyConstraint("bulk_merge_id", "place", name=op.f("pk_bulk_merge_pair")),
        comment="The pairs of a bulk merge; is_merged: by it, not by a person who saw the pair",
    )
    op.create_index(
        op.f("ix_bulk_merge_pair_patient_id_other_patient_id"),
        "bulk_merge_pair",
        ["patient_id", "other_patient_id"],
    )


def downgrade() -> None:
    op.drop_table("bulk_merge_pair")
    op.drop_table("bulk_merge")
    op.drop_column("review", "why_different")
