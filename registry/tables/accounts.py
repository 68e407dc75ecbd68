"""The tables of accounts: facilities, cohorts, and the names that an account uses."""

from typing import Any

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


account_history = sa.Table(
    "account_history",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True, autoincrement=False),
    sa.Column("valid_from", Time, primary_key=True),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("cadence", sa.Text, nullable=False),
    sa.Column("settings", pg.JSONB, nullable=False),
    comment="What an account was from which moment on; a trigger adds to it",
)


def _named_in_account(name: str, *own: sa.Column[Any]) -> sa.Table:
    """A table of what files refer to by id. What was removed stays: imports and history name it."""
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
        sa.Column("removed_at", Time, comment="when a caller deleted it; no row may name it since"),
        *own,
        sa.Index(
            f"uq_{name}_in_use",
            "account_id",
            "name",
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        ),
    )


facility = _named_in_account(
    "facility",
    sa.Column("npi", sa.Text, comment="National Provider Identifier, 10 digits"),
    sa.Column("tin", sa.Text, comment="tax identification number, as given"),
    sa.Column("active", sa.Boolean, nullable=False, server_default=sa.true()),
    sa.Column("address", pg.JSONB, comment="line1, line2, city, state, postal_code"),
)

cohort = _named_in_account(
    "cohort",
    sa.Column("description", sa.Text, nullable=False, server_default=""),
    sa.Column("color", sa.Text, nullable=False, server_default="white"),
    sa.Column("purpose_of_use", sa.Text, nullable=False, server_default="treatment"),
)

vocabulary = sa.Table(
    "vocabulary",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True, comment="department, client_group"),
    sa.Column("folded", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="the spelling first seen"),
    comment="Names that an account uses, created when new, matched without regard to case",
)

column_mapping = sa.Table(
    "column_mapping",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("format", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("by_position", sa.Boolean, nullable=False),
    sa.Column(
        "columns",
        pg.JSONB,
        nullable=False,
        comment="in their order: header as the sender writes it, slot, or null if left out",
    ),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("created_by", sa.Text, nullable=False),
    sa.Column("ended_at", Time, comment="NULL: files that come are read under it"),
    sa.Column("ended_by", sa.Text),
    sa.Index(
        "uq_column_mapping_in_use",
        "account_id",
        "format",
        unique=True,
        postgresql_where=sa.text("ended_at IS NULL"),
    ),
    comment="What the columns of an account's own files mean; a version never changes",
)
