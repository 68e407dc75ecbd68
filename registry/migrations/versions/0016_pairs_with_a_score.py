"""Pairs with a score, and which change set wrote each version of an account's registry."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0016"
down_revision: str | None = "0015"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "change_set",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("registry_version", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("id", sa.Uuid(), nullable=False, comment="the import, or a person's change"),
        sa.Column("attempt", sa.SmallInteger(), nullable=False, comment="0: a person's change"),
        sa.Column(
            "searched_at",
            sa.DateTime(timezone=True),
            comment="when its patients were held against the registry",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_change_set_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "registry_version", name=op.f("pk_change_set")),
        comment="What wrote each version of an account's registry, since revision 0016",
    )
    op.create_index(
        "ix_change_set_not_searched",
        "change_set",
        ["account_id", "registry_version"],
        postgresql_where=sa.text("attempt > 0 AND searched_at IS NULL"),
    )
    op.create_index(
        "ix_patient_change_of_person",
        "patient_change",
        ["import_id"],
        postgresql_where=sa.text("attempt = 0"),
    )
    _add_scores()


def _add_scores() -> None:
    op.add_column(
        "review",
        sa.Column("weight", sa.Double(), comment="log2 of the odds that the two are one person"),
    )
    op.add_column("review", sa.Column("probability", sa.Double()))
    op.add_column(
        "review",
        sa.Column(
            "evidence", pg.JSONB(), comment="per field: weight and level, no value of a patient"
        ),
    )
    op.add_column(
        "review",
        sa.Column("model", sa.Text(), comment="the version of the model that scored the pair"),
    )
    op.create_index(
        "ix_review_score",
        "review",
        [
            "account_id",
            sa.text("coalesce(- weight, 'Infinity'::double precision)"),
            "patient_id",
            "other_patient_id",
        ],
        postgresql_where=sa.text("state = 'open'"),
    )


def downgrade() -> None:
    op.drop_index("ix_review_score", "review")
    for column in ("model", "evidence", "probability", "weight"):
        op.drop_column("review", column)
    op.drop_index("ix_patient_change_of_person", "patient_change")
    op.drop_table("change_set")
