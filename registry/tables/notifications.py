"""The table of notifications: which operators were told what, and what could not be told yet."""

import sqlalchemy as sa

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
    comment="What operators were told, by channel",
)
