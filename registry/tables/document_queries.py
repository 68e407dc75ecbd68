"""The tables of document queries (docs/decisions/008-document-queries.md)."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.metadata import Time, count, metadata, one_of

PLAN_STATES = ("wanted", "open", "settled")
QUERY_STATES = ("processing", "completed", "failed", "not-configured", "opted-out")


document_plan = sa.Table(
    "document_plan",
    metadata,
    sa.Column("import_id", sa.ForeignKey("import.id"), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="wanted"),
    sa.Column("due_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("fault", sa.Text, comment="why sending paused"),
    count("total"),
    *(count(state.replace("-", "_")) for state in QUERY_STATES),
    count("found", sa.BigInteger),
    sa.Column("counted_at", Time),
    sa.Column(
        "not_asked",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="patients without a query, since no endpoint was configured",
    ),
    sa.Column(
        "only_asked",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="it is open only for patients whom callers asked about",
    ),
    sa.Index("ix_document_plan_due", "due_at", postgresql_where=sa.text("state <> 'settled'")),
    one_of("state", PLAN_STATES),
    comment="An import's document queries as a whole; counts are made anew now and then",
)

document_query = sa.Table(
    "document_query",
    metadata,
    sa.Column("import_id", sa.Uuid, primary_key=True),
    sa.Column("attempt", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False),
    sa.Column("found", sa.Integer, comment="documents"),
    sa.Column("reason", sa.Text, comment="a code, of the last try"),
    sa.Column("documents", pg.JSONB, comment="the references found, without their content"),
    count("tries", sa.SmallInteger),
    sa.Column("planned_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("next_try_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("claimed_at", Time, comment="on its way now, or cut off"),
    sa.Column("settled_at", Time),
    sa.Index(None, "patient_id"),
    sa.Index(
        "ix_document_query_due",
        "import_id",
        "next_try_at",
        postgresql_where=sa.text("state = 'processing'"),
    ),
    one_of("state", QUERY_STATES),
    comment="A search for the documents of a patient that an attempt created or updated",
)
