"""The tables of SFTP: users and their public keys (docs/decisions/006-sftp.md)."""

import sqlalchemy as sa

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
)

sftp_key = sa.Table(
    "sftp_key",
    metadata,
    sa.Column("user_id", sa.ForeignKey("sftp_user.id"), primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
)
