"""The tables of SFTP: users, public keys, live sessions (docs/decisions/006-sftp.md)."""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.metadata import Time, metadata

sftp_user = sa.Table(
    "sftp_user",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, comment="argon2; none: public keys only"),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column(
        "allowed_networks",
        pg.ARRAY(pg.CIDR),
        nullable=False,
        server_default="{}",
        comment="the user signs in from these only; none: from anywhere",
    ),
    sa.Column(
        "has_password",
        sa.Boolean,
        sa.Computed("password_hash IS NOT NULL", persisted=True),
        nullable=False,
        comment="for who may not read the hash",
    ),
)

sftp_key = sa.Table(
    "sftp_key",
    metadata,
    sa.Column("user_id", sa.ForeignKey("sftp_user.id"), primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
)

sftp_session = sa.Table(
    "sftp_session",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("address", sa.Text, nullable=False),
    sa.Column("signed_in_by", sa.Text, nullable=False, comment="password, or a fingerprint"),
    sa.Column("began_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column(
        "seen_at",
        Time,
        nullable=False,
        server_default=sa.func.now(),
        comment="when its server process last said that it lives",
    ),
    sa.Column("ended_by", sa.Text, comment="who asked to end it; its process does within seconds"),
    sa.Index(None, "account_id"),
    comment="Connections over which somebody is signed in",
)

sftp_upload = sa.Table(
    "sftp_upload",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("name", sa.Text, primary_key=True),
    sa.Column("is_part", sa.Boolean, primary_key=True, comment="it broke off, and goes in a day"),
    sa.Column("key", sa.Text, nullable=False, unique=True, comment="of its bytes in the store"),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    sa.Column("modified_at", Time, nullable=False, comment="as its sender says"),
    sa.Column("kept_at", Time, nullable=False, server_default=sa.func.now()),
    comment="Files in Pending of SFTP on a store that are no imports: temporary names, and parts",
)
