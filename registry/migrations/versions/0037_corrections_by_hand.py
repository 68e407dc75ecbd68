"""Values that a person corrects by hand, and such corrections taken back: kinds of decisions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0037"
down_revision: str | None = "0036"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = ("undo", "merge", "split", "identity", "identity_reopened")
NEW_KINDS = ("correction", "correction_undone")


def upgrade() -> None:
    op.add_column(
        "decision",
        sa.Column("undone_decision_id", sa.Uuid(), comment="the correction taken back"),
    )
    op.create_foreign_key(
        op.f("fk_decision_undone_decision_id"),
        "decision",
        "decision",
        ["undone_decision_id"],
        ["id"],
    )
    op.create_index(
        op.f("ix_decision_undone_decision_id"),
        "decision",
        ["undone_decision_id"],
        unique=True,
        postgresql_where=sa.text("undone_decision_id IS NOT NULL"),
    )
    _allow((*KINDS, *NEW_KINDS))
    op.create_check_constraint(
        op.f("ck_decision_takes_back"),
        "decision",
        "(undone_decision_id IS NOT NULL) = (kind = 'correction_undone')",
    )


def _allow(kinds: Sequence[str]) -> None:
    op.drop_constraint(op.f("ck_decision_kind"), "decision")
    quoted = ", ".join(f"'{kind}'" for kind in kinds)
    op.create_check_constraint(op.f("ck_decision_kind"), "decision", f"kind IN ({quoted})")


def downgrade() -> None:
    op.execute("DROP VIEW IF EXISTS asserting_decision")
    op.drop_constraint(op.f("ck_decision_takes_back"), "decision")
    op.drop_index(op.f("ix_decision_undone_decision_id"), "decision")
    op.execute("DELETE FROM decision WHERE kind = 'correction_undone'")
    op.drop_column("decision", "undone_decision_id")
    op.execute("DELETE FROM decision WHERE kind = 'correction'")
    _allow(KINDS)
