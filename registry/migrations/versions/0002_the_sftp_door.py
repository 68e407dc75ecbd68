"""Users of the SFTP door, and the trail of what happens at the doors."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0002"
down_revision: str | None = "0001"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "access_event",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False
        ),
        sa.Column("door", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("refused", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True),
        sa.Column("user_name", sa.Text(), nullable=True),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("file_name", sa.Text(), nullable=True),
        sa.Column("byte_count", sa.BigInteger(), nullable=True),
        sa.Column("detail", sa.Text(), nullable=True),
        sa.CheckConstraint(
            "action IN ('sign_in', 'upload', 'download', 'rename', 'delete', 'ban', 'unban', 'other')",
            name=op.f("ck_access_event_action"),
        ),
        sa.CheckConstraint("door IN ('sftp')", name=op.f("ck_access_event_door")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_access_event_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_event")),
        comment="Who came in, and what they did; only ever added to",
    )
    op.create_index(
        op.f("ix_access_event_account_id_at"), "access_event", ["account_id", "at"], unique=False
    )
    op.create_index(
        op.f("ix_access_event_address_at"), "access_event", ["address", "at"], unique=False
    )
    op.create_index(
        op.f("ix_access_event_user_name_at"), "access_event", ["user_name", "at"], unique=False
    )
    op.create_table(
        "sftp_user",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "password_hash", sa.Text(), nullable=True, comment="argon2; none: public keys only"
        ),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sftp_user_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sftp_user")),
        sa.UniqueConstraint("name", name=op.f("uq_sftp_user_name")),
    )
    op.create_table(
        "sftp_key",
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("fingerprint", sa.Text(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=False),
        sa.Column(
            "created_at",
            sa.DateTime(timezone=True),
            server_default=sa.text("now()"),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(["user_id"], ["sftp_user.id"], name=op.f("fk_sftp_key_user_id")),
        sa.PrimaryKeyConstraint("user_id", "fingerprint", name=op.f("pk_sftp_key")),
    )
