"""The tables of what people decide: undo, merge, split (docs/decisions/011-undo-and-review.md)."""

import sqlalchemy as sa

from registry.tables.core import metadata

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
    sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
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
