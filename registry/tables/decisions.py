"""The tables of what people decide: undo, merge, split, pairs and changed identities to review.

docs/decisions/011-undo-and-review.md gives the reasons.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.enums import BULK_MERGE_STATES, DIFFERENCES, IDENTITY_STATES, REVIEW_STATES
from registry.tables.metadata import Time, metadata, of_attempt, one_of

KINDS = (
    "undo",
    "merge",
    "split",
    "identity",
    "identity_reopened",
    "correction",
    "correction_undone",
)

decision = sa.Table(
    "decision",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7; that of its change set"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("kind", sa.Text, nullable=False),
    sa.Column("import_id", sa.ForeignKey("import.id"), comment="undo: what is taken back"),
    sa.Column("attempt", sa.SmallInteger, comment="undo: with all attempts up to this one"),
    sa.Column("patient_id", sa.Uuid, comment="the patient; of a merge or split the older one"),
    sa.Column("other_patient_id", sa.Uuid, comment="merge, split: the younger"),
    sa.Column(
        "undone_decision_id", sa.ForeignKey("decision.id"), comment="the correction taken back"
    ),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("decided_at", Time, nullable=False),
    sa.Column("changed", sa.Integer, nullable=False, comment="patients"),
    sa.Column("removed", sa.Integer, nullable=False, comment="patients"),
    sa.Column("restored", sa.Integer, nullable=False, comment="patients"),
    sa.Column("kept", sa.Integer, nullable=False, comment="values that others stand by"),
    sa.Column(
        "is_automatic",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="a merge by the account's threshold, or its split by an undo",
    ),
    one_of("kind", KINDS),
    sa.CheckConstraint(
        "CASE kind WHEN 'undo' THEN import_id IS NOT NULL AND attempt IS NOT NULL"
        " ELSE patient_id IS NOT NULL"
        " AND (other_patient_id IS NOT NULL) = (kind IN ('merge', 'split')) END",
        name="is_about",
    ),
    sa.CheckConstraint(
        "(undone_decision_id IS NOT NULL) = (kind = 'correction_undone')", name="takes_back"
    ),
    sa.Index(None, "account_id", "id"),
    sa.Index(None, "import_id", postgresql_where=sa.text("import_id IS NOT NULL")),
    sa.Index(None, "patient_id", postgresql_where=sa.text("patient_id IS NOT NULL")),
    sa.Index(None, "other_patient_id", postgresql_where=sa.text("other_patient_id IS NOT NULL")),
    # A correction is taken back once.
    sa.Index(
        None,
        "undone_decision_id",
        unique=True,
        postgresql_where=sa.text("undone_decision_id IS NOT NULL"),
    ),
    comment="What people decided about patients; only ever added to",
)

patient_alias = sa.Table(
    "patient_alias",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("item", sa.Text, primary_key=True, comment="as in patient_identifier"),
    sa.Column("value", sa.Text, primary_key=True),
    sa.Column("patient_id", sa.Uuid, nullable=False, comment="the patient that it leads to"),
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
    sa.Column("weight", sa.Double, comment="log2 of the odds that the two are one person"),
    sa.Column("probability", sa.Double),
    sa.Column("evidence", pg.JSONB, comment="per field: weight and level, no value of a patient"),
    sa.Column("model", sa.Text, comment="the version of the model that scored the pair"),
    sa.Column("caution", sa.Text, comment="why the pair is never linked automatically"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("judged_at", Time),
    sa.Column("judged_by", sa.Text),
    sa.Column("why_different", sa.Text, comment="of a pair judged different, if the person said"),
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
    sa.Index(
        "ix_review_score",
        "account_id",
        sa.text("coalesce(- weight, 'Infinity'::double precision)"),
        "patient_id",
        "other_patient_id",
        postgresql_where=sa.text("state = 'open'"),
    ),
    # The primary key finds the pairs of a younger patient.
    sa.Index("ix_review_older", "other_patient_id"),
    # Patients that were merged into another one: their review is `same` until a split.
    sa.Index("ix_review_merged", "other_patient_id", postgresql_where=sa.text("state = 'same'")),
    one_of("state", REVIEW_STATES),
    one_of("why_different", DIFFERENCES),
)

bulk_merge = sa.Table(
    "bulk_merge",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("lowest_weight", sa.Double, nullable=False),
    sa.Column("sample_size", sa.Integer, nullable=False, comment="places that a person judges"),
    sa.Column("next_place", sa.Integer, nullable=False, comment="all before it were gone through"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("ended_at", Time),
    sa.Index(None, "account_id", "created_at"),
    one_of("state", BULK_MERGE_STATES),
    comment="Merges of all pairs above a score, after a sample of them was judged",
)

bulk_merge_pair = sa.Table(
    "bulk_merge_pair",
    metadata,
    sa.Column("bulk_merge_id", sa.ForeignKey("bulk_merge.id"), primary_key=True),
    sa.Column(
        "place",
        sa.Integer,
        primary_key=True,
        autoincrement=False,
        comment="from 1, in random order; the first ones are the sample",
    ),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    sa.Column("other_patient_id", sa.Uuid, nullable=False),
    sa.Column("is_merged", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Index(None, "patient_id", "other_patient_id"),
    comment="The pairs of a bulk merge; is_merged: by it, not by a person who saw the pair",
)

scoring_model = sa.Table(
    "scoring_model",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True, comment="as in review.model"),
    sa.Column("review", sa.Double, nullable=False, comment="weight from which a person is asked"),
    sa.Column(
        "automatic",
        sa.Double,
        nullable=False,
        comment="lowest weight from which new patients may be linked",
    ),
    sa.Column("used_at", Time, nullable=False, comment="when it scored pairs last"),
    comment="The models that scored an account's pairs, with their thresholds",
)

identity_review = sa.Table(
    "identity_review",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, server_default=sa.func.gen_random_uuid()),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("patient_id", sa.Uuid, nullable=False),
    *of_attempt(primary_key=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column(
        "is_applied", sa.Boolean, nullable=False, comment="the row was written; else it failed"
    ),
    sa.Column("person", sa.Text, nullable=False, comment="the row's name and birth, folded"),
    sa.Column("facts", pg.JSON, comment="of a row that failed: [address, value] each"),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("judged_at", Time),
    sa.Column("judged_by", sa.Text),
    sa.Column("closed_by", sa.Uuid, comment="the decision that wrote values, while it is in force"),
    sa.Index(None, "patient_id"),
    *(
        sa.Index(
            f"ix_identity_review_{kind}",
            "account_id",
            at,
            "id",
            postgresql_where=sa.text(condition),
        )
        for kind, at, condition in (
            ("open", "created_at", "state = 'open'"),
            ("judged", "judged_at", "judged_at IS NOT NULL"),
        )
    ),
    one_of("state", IDENTITY_STATES),
    comment="Rows that share nothing but an identifier with their patient, for a person to judge",
)
