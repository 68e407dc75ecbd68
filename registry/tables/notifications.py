"""The tables of notifications: channels of accounts, what was told, and what could not be yet."""

import sqlalchemy as sa

from registry.tables.enums import CHANNEL_KINDS
from registry.tables.metadata import Time, metadata

notification = sa.Table(
    "notification",
    metadata,
    sa.Column("event", sa.Text, primary_key=True, comment="what happened, as it is named once"),
    sa.Column("channel", sa.Text, primary_key=True, comment="a digest of the channel's address"),
    sa.Column("first_tried_at", Time, nullable=False),
    sa.Column("tried_at", Time, nullable=False),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("next_try_at", Time, nullable=False),
    sa.Column("told_at", Time),
    sa.Column("given_up_at", Time),
    sa.Column("fault", sa.Text, comment="why the last try failed"),
    sa.Index(None, "first_tried_at"),
    comment="What was told, by channel",
)

account_channel = sa.Table(
    "account_channel",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False, comment="what people call it"),
    sa.Column(
        "address",
        sa.Text,
        nullable=False,
        comment="an e-mail address, or one of Apprise; may have a password or token",
    ),
    sa.Column("kinds", sa.ARRAY(sa.Text), nullable=False, comment="what is told over it"),
    sa.Column("daily", sa.Boolean, nullable=False, comment="one message a day, not at once"),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.UniqueConstraint("account_id", "name"),
    sa.CheckConstraint(
        f"kinds <@ ARRAY{list(CHANNEL_KINDS)} AND cardinality(kinds) > 0",
        name="kinds",
    ),
    comment="Whom of an account to tell what became of its files",
)
