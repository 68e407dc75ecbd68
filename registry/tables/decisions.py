"""The tables of what people decide: undo, merge, split, and pairs to review.

docs/decisions/011-undo-and-review.md gives the reasons.
"""

import sqlalchemy as sa

from registry.tables.enums import REVIEW_STATES
from registry.tables.metadata import Time, metadata, of_attempt, one_of

KINDS = ("undo", "merge", "split")

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7; that of its change set"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("import_id", sa.ForeignKey("import.id"), comment="undo: what is taken back"),
    sa.Column("attempt", sa.SmallInteger, comment="undo: with all attempts up to this one"),
    sa.Column("patient_id", sa.Uuid, comment="merge, split: the older of the two, who stays"),
    sa.Column("other_patient_id", sa.Uuid, comment="merge, split: the younger"),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("decided_at", Time, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False, comment="patients"),
    sa.Column("removed", sa.Integer, nullable=False, comment="patients"),
    sa.Column("restored", sa.Integer, nullable=False, comment="patients"),
    sa.Column("kept", sa.Integer, nullable=False, comment="values that others stand by"),
    sa.CheckConstraint("kind IN ('undo', 'merge', 'split')", name="kind"),
    sa.CheckConstraint(
        "CASE kind WHEN 'undo' THEN import_id IS NOT NULL AND attempt IS NOT NULL"
        " ELSE patient_id IS NOT NULL AND other_patient_id IS NOT NULL END",
        name="is_about",
    ),
    sa.Index(None, "account_id", "id"),
    sa.Index(None, "import_id", postgresql_where=sa.text("import_id IS NOT NULL")),
    sa.Index(None, "patient_id", postgresql_where=sa.text("patient_id IS NOT NULL")),
    sa.Index(None, "other_patient_id", postgresql_where=sa.text("other_patient_id IS NOT NULL")),
    comment="What people decided about patients; only ever added to",
)

patient_alias = sa.Table(
    "patient_alias",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("item", sa.Text, primary_key=True, comment="as in patient_identifier"),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("patient_id", sa.Uuid, nullable=False, comment="to whom it leads"),
    sa.Column("decision_id", sa.ForeignKey("decision.id"), nullable=False),
    sa.Index(None, "patient_id"),
    sa.Index(None, "decision_id"),
    comment="Identifiers that lead to a merged patient without being the one that is shown",
)

review = sa.Table(
    "review",
    metadata,
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    sa.Column("other_patient_id", sa.Uuid, primary_key=True, comment="the older of the pair"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    *of_attempt(primary_key=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("judged_at", Time),
    sa.Column("judged_by", sa.Text),
    sa.Column("asked_by", sa.Uuid, comment="the merge that asks it in another pair's place"),
    sa.Column(
        "closed_by", sa.Uuid, comment="the merge that answers it, or asks another pair instead"
    ),
    *(
        sa.Index(
            f"ix_review_{kind}",
            "account_id",
            at,
            "patient_id",
            "other_patient_id",
            postgresql_where=sa.text(condition),
        )
        for kind, at, condition in (
            ("open", "created_at", "state = 'open'"),
            ("judged", "judged_at", "judged_at IS NOT NULL"),
        )
    ),
    # Whoever was merged into a patient; a review that is `same` says so until a split.
    sa.Index("ix_review_merged", "other_patient_id", postgresql_where=sa.text("state = 'same'")),
    one_of("state", REVIEW_STATES),
)
