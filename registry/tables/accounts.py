"""The tables of accounts: facilities, cohorts, and the names that an account uses."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.metadata import Time, metadata, one_of

account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("cadence", sa.Text, nullable=False),
    sa.Column("settings", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column(
        "registry_version",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="counts what was written; a match made under an older version is made again",
    ),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    one_of("cadence", ("nightly", "on_arrival")),
)


def _named_in_account(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("account_id", "name"),
    )


facility = _named_in_account("facility")

cohort = _named_in_account("cohort")

vocabulary = sa.Table(
    "vocabulary",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True, comment="department, client_group"),
    sa.Column("folded", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="the spelling first seen"),
    comment="Names that an account uses, created when new, matched without regard to case",
)
