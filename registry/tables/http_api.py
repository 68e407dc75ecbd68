"""The tables of the HTTP door: keys, requests and webhooks (docs/decisions/007-http.md)."""

import sqlalchemy as sa

from registry.tables.core import metadata

_Time = sa.DateTime(timezone=True)

REQUEST_STATES = ("waiting", "received", "expired", "cancelled")
SCOPES = ("full", "read")
MESSAGE_STATES = ("processing", "completed", "failed")


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    quoted = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({quoted})", name=column)


api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("beginning", sa.Text, nullable=False, comment="by which people recognise it"),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("last_used_at", _Time),
    sa.Column("revoked_at", _Time),
    _one_of("scope", SCOPES),
    sa.Index(
        "uq_api_key_active",
        "account_id",
        "name",
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
)

bulk_request = sa.Table(
    "bulk_request",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="that of its import, once there is one"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("facility_id", sa.ForeignKey("facility.id")),
    sa.Column("dry_run", sa.Boolean, nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("created_at", _Time, nullable=False),
    sa.Column("expires_at", _Time, nullable=False),
    sa.UniqueConstraint("account_id", "idempotency_key"),
    sa.Index(None, "account_id", "id"),
    sa.Index(
        "ix_bulk_request_waiting",
        "expires_at",
        postgresql_where=sa.text("state = 'waiting'"),
    ),
    _one_of("state", REQUEST_STATES),
)

webhook = sa.Table(
    "webhook",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True, autoincrement=False),
    sa.Column("url", sa.Text, comment="NULL: none is wanted"),
    sa.Column("key", sa.Text, nullable=False, comment="signs; kept readable for that"),
    sa.Column("ping_fault", sa.Text, comment="why the last ping failed"),
    sa.Column("changed_at", _Time, nullable=False),
)

webhook_message = sa.Table(
    "webhook_message",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("message_id", sa.Uuid, nullable=False, server_default=sa.func.gen_random_uuid()),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("import_id", sa.ForeignKey("import.id"), nullable=False),
    sa.Column("state", sa.Text, nullable=False, comment="of the import, to be told"),
    sa.Column("reason", sa.Text),
    sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
    sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("next_try_at", _Time, nullable=False, server_default=sa.func.now()),
    sa.Column("delivered_at", _Time),
    sa.Column("given_up_at", _Time),
    sa.Index(None, "import_id"),
    sa.Index(None, "account_id", "id"),
    sa.Index(
        "ix_webhook_message_due",
        "next_try_at",
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    ),
    _one_of("state", MESSAGE_STATES),
)

webhook_try = sa.Table(
    "webhook_try",
    metadata,
    sa.Column(
        "message", sa.ForeignKey("webhook_message.id"), primary_key=True, autoincrement=False
    ),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("tried_at", _Time, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    sa.Column("http_status", sa.SmallInteger),
    sa.Column("fault", sa.Text, comment="why it was no success"),
)
