"""The tables of the HTTP API: keys and bulk requests (docs/decisions/007-http.md)."""

import sqlalchemy as sa

from registry.tables.metadata import Time, metadata, one_of

REQUEST_STATES = ("waiting", "received", "expired", "cancelled")
SCOPES = ("full", "read")


api_key = sa.Table(
    "api_key",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False, unique=True),
    sa.Column("beginning", sa.Text, nullable=False, comment="by which people recognise it"),
    sa.Column("scope", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("last_used_at", Time),
    sa.Column("revoked_at", Time),
    one_of("scope", SCOPES),
    sa.Index(
        "uq_api_key_active",
        "account_id",
        "name",
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    ),
)

call_count = sa.Table(
    "call_count",
    metadata,
    sa.Column("key_id", sa.ForeignKey("api_key.id"), primary_key=True),
    sa.Column("minute", sa.BigInteger, nullable=False, comment="since 1970"),
    sa.Column("calls", sa.Integer, nullable=False, comment="in this minute"),
    sa.Column("calls_before", sa.Integer, nullable=False, comment="in the minute before"),
    sa.Column("granted", sa.Integer, nullable=False, comment="by the last change of the row"),
    # Each change finds room in the page of the row (HOT), and none waits for the disk.
    prefixes=["UNLOGGED"],
    postgresql_with={"fillfactor": 10},
    comment="Calls of API keys, counted for all API processes together",
)

patient_call = sa.Table(
    "patient_call",
    metadata,
    sa.Column("import_id", sa.ForeignKey("import.id"), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("idempotency_key", sa.Text),
    sa.UniqueConstraint("account_id", "idempotency_key"),
    comment="Imports of one row that a call made whose caller waits for the patient",
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
    sa.Column("created_at", Time, nullable=False),
    sa.Column("expires_at", Time, nullable=False),
    sa.UniqueConstraint("account_id", "idempotency_key"),
    sa.Index(None, "account_id", "id"),
    sa.Index(
        "ix_bulk_request_waiting",
        "expires_at",
        postgresql_where=sa.text("state = 'waiting'"),
    ),
    one_of("state", REQUEST_STATES),
)
