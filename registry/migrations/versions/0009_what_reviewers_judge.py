"""Reviews: who judged a pair and when, which merge moved it, and the way of pages through them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0009"
down_revision: str | None = "0008"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "rosterline_gateway"
NEW = ("judged_at", "judged_by", "asked_by", "closed_by")
GRANTS = {
    f"UPDATE ({', '.join(NEW)})": ("review",),
    "UPDATE (patient_id)": ("document_query",),
}
STATES = {"new": "'open', 'same', 'different', 'moved'", "old": "'open', 'same', 'different'"}

OWN_CHANGE = (
    "EXISTS (SELECT FROM patient p WHERE p.id = patient_id)"
    " OR EXISTS (SELECT FROM import i WHERE i.id = import_id)"
    " OR EXISTS (SELECT FROM decision d WHERE d.id = patient_change.import_id)"
)
# What a caller set for somebody who was merged since has neither import nor decision.
OF_MERGED = (
    " OR EXISTS (SELECT FROM review r WHERE r.patient_id = patient_change.patient_id"
    " AND r.state = 'same')"
)


def upgrade() -> None:
    op.add_column("review", sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column("review", sa.Column("judged_by", sa.Text(), nullable=True))
    for name, comment in (
        ("asked_by", "the merge that asks it in another pair's place"),
        ("closed_by", "the merge that answers it, or asks another pair instead"),
    ):
        op.add_column("review", sa.Column(name, sa.Uuid(), nullable=True, comment=comment))
    _allow(STATES["new"])
    op.drop_index(op.f("ix_review_account_id_state"), "review")
    op.create_index(
        "ix_review_open",
        "review",
        ["account_id", "created_at", "patient_id", "other_patient_id"],
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(
        "ix_review_judged",
        "review",
        ["account_id", "judged_at", "patient_id", "other_patient_id"],
        postgresql_where=sa.text("judged_at IS NOT NULL"),
    )
    op.create_index(
        "ix_review_merged",
        "review",
        ["other_patient_id"],
        postgresql_where=sa.text("state = 'same'"),
    )
    for right, tables in GRANTS.items():
        op.execute(f"GRANT {right} ON {', '.join(tables)} TO {ROLE}")
    _see_changes(OWN_CHANGE + OF_MERGED)


def _allow(states: str) -> None:
    op.drop_constraint(op.f("ck_review_state"), "review")
    op.create_check_constraint(op.f("ck_review_state"), "review", f"state IN ({states})")


def _see_changes(condition: str) -> None:
    op.execute("DROP POLICY own_account ON patient_change")
    op.execute(f"CREATE POLICY own_account ON patient_change TO {ROLE} USING ({condition})")


def downgrade() -> None:
    _see_changes(OWN_CHANGE)
    for right, tables in GRANTS.items():
        op.execute(f"REVOKE {right} ON {', '.join(tables)} FROM {ROLE}")
    for name in ("ix_review_open", "ix_review_judged", "ix_review_merged"):
        op.drop_index(name, "review")
    op.create_index(op.f("ix_review_account_id_state"), "review", ["account_id", "state"])
    op.execute("DELETE FROM review WHERE state = 'moved'")
    _allow(STATES["old"])
    for name in NEW:
        op.drop_column("review", name)
