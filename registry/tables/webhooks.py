"""The tables of webhooks: addresses, messages, deliveries (docs/decisions/007-http.md)."""

import sqlalchemy as sa

from registry.tables.metadata import Time, metadata, one_of

MESSAGE_STATES = ("processing", "completed", "failed", "cancelled")

webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True, autoincrement=False),
    sa.Column("url", sa.Text, comment="NULL: none is wanted"),
    sa.Column("key", sa.Text, nullable=False, comment="signs; kept readable for that"),
    sa.Column("last_fault", sa.Text, comment="why the last ping or message failed"),
    sa.Column("changed_at", Time, nullable=False),
)

webhook_message = sa.Table(
    "webhook_message",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("message_id", sa.Uuid, nullable=False, server_default=sa.func.gen_random_uuid()),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("import_id", sa.ForeignKey("import.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="of the import, to notify of"),
    sa.Column("reason", sa.Text),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("next_try_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("delivered_at", Time),
    sa.Column("given_up_at", Time),
    sa.Index(None, "import_id"),
    sa.Index(None, "account_id", "id"),
    sa.Index(
        "ix_webhook_message_due",
        "next_try_at",
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    ),
    one_of("state", MESSAGE_STATES),
)

webhook_try = sa.Table(
    "webhook_try",
    metadata,
    sa.Column(
        "message", sa.ForeignKey("webhook_message.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("tried_at", Time, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("http_status", sa.SmallInteger),
    sa.Column("fault", sa.Text, comment="why it was no success"),
)
