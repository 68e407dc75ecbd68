"""Rows that would make somebody else of a patient; and the imports of Pending, by name."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0015"
down_revision: str | None = "0014"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("undo", "merge", "split")
IS_ABOUT = "CASE kind WHEN 'undo' THEN import_id IS NOT NULL AND attempt IS NOT NULL ELSE "
IS_ABOUT_TWO = "patient_id IS NOT NULL AND other_patient_id IS NOT NULL END"
IS_ABOUT_ONE_OR_TWO = (
    "patient_id IS NOT NULL AND (other_patient_id IS NOT NULL) = (kind IN ('merge', 'split')) END"
)
PATIENT_COMMENT = {
    "old": "merge, split: the older of the two, which stays",
    "new": "the patient; of a merge or split the older one",
}


def upgrade() -> None:
    op.create_table(
        "identity_review",
        sa.Column("id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("line", sa.Integer(), nullable=False),
        sa.Column(
            "is_applied",
            sa.Boolean(),
            nullable=False,
            comment="the row was written; else it failed",
        ),
        sa.Column("person", sa.Text(), nullable=False, comment="the row's name and birth, folded"),
        sa.Column("facts", pg.JSON(), comment="of a row that failed: [address, value] each"),
        sa.Column("state", sa.Text(), server_default="open", nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.Column("judged_at", sa.DateTime(timezone=True)),
        sa.Column("judged_by", sa.Text()),
        sa.Column(
            "closed_by", sa.Uuid(), comment="the decision that wrote values, while it is in force"
        ),
        sa.CheckConstraint(
            "state IN ('open', 'right', 'wrong')", name=op.f("ck_identity_review_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_identity_review_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_identity_review")),
        comment="Rows that share nothing but an identifier with their patient, for a person to "
        "judge",
    )
    op.create_index(op.f("ix_identity_review_patient_id"), "identity_review", ["patient_id"])
    for kind, at, condition in (
        ("open", "created_at", "state = 'open'"),
        ("judged", "judged_at", "judged_at IS NOT NULL"),
    ):
        op.create_index(
            f"ix_identity_review_{kind}",
            "identity_review",
            ["account_id", at, "id"],
            postgresql_where=sa.text(condition),
        )
    _allow((*KINDS, "identity", "identity_reopened"), IS_ABOUT_ONE_OR_TWO, "new")
    op.add_column(
        "import",
        sa.Column(
            "let_through_by",
            sa.Text(),
            comment="who let its many identity changes through, this once",
        ),
    )
    op.create_index(
        "ix_import_in_pending",
        "import",
        ["account_id", "drop_name"],
        postgresql_where=sa.text("drop_name IS NOT NULL"),
    )


def _allow(kinds: Sequence[str], is_about: str, comment: str) -> None:
    for name in ("kind", "is_about"):
        op.drop_constraint(op.f(f"ck_decision_{name}"), "decision")
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_decision_kind"), "decision", f"kind IN ({quoted})")
    op.create_check_constraint(op.f("ck_decision_is_about"), "decision", IS_ABOUT + is_about)
    op.alter_column("decision", "patient_id", comment=PATIENT_COMMENT[comment])


def downgrade() -> None:
    op.drop_index("ix_import_in_pending", "import")
    op.drop_column("import", "let_through_by")
    op.execute("DELETE FROM decision WHERE kind IN ('identity', 'identity_reopened')")
    _allow(KINDS, IS_ABOUT_TWO, "old")
    op.drop_table("identity_review")
