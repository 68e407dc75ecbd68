"""Counted tries to sign in, networks of SFTP users, and live SFTP sessions."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision: str = "0023"
down_revision: str | None = "0022"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "sftp_user",
        sa.Column(
            "allowed_networks",
            postgresql.ARRAY(postgresql.CIDR()),
            nullable=False,
            server_default="{}",
            comment="the user signs in from these only; none: from anywhere",
        ),
    )
    op.create_table(
        "sftp_session",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False),
        sa.Column("signed_in_by", sa.Text(), nullable=False, comment="password, or a fingerprint"),
        sa.Column(
            "began_at", sa.DateTime(timezone=True), server_default=sa.func.now(), nullable=False
        ),
        sa.Column(
            "seen_at",
            sa.DateTime(timezone=True),
            server_default=sa.func.now(),
            nullable=False,
            comment="when its server process last said that it lives",
        ),
        sa.Column(
            "ended_by",
            sa.Text(),
            comment="who asked to end it; its process does within seconds",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sftp_session_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sftp_session")),
        comment="Connections over which somebody is signed in",
    )
    op.create_index(op.f("ix_sftp_session_account_id"), "sftp_session", ["account_id"])
    op.create_table(
        "sign_in_count",
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("address", sa.Text(), nullable=False, comment="empty: any; of IPv6 the /64"),
        sa.Column("user_name", sa.Text(), nullable=False, comment="as it was given; empty: any"),
        sa.Column(
            "tries", sa.Integer(), nullable=False, comment="that failed, or are being judged"
        ),
        sa.Column(
            "began_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="the first of these tries",
        ),
        sa.Column(
            "last_at", sa.DateTime(timezone=True), nullable=False, comment="the last of these tries"
        ),
        sa.Column(
            "signed_in_at",
            sa.DateTime(timezone=True),
            comment="when this user last came in from this address",
        ),
        sa.CheckConstraint(
            "kind IN ('sftp_password', 'sftp_key', 'portal_password')",
            name=op.f("ck_sign_in_count_kind"),
        ),
        sa.PrimaryKeyConstraint("kind", "address", "user_name", name=op.f("pk_sign_in_count")),
        comment="Tries to sign in, counted before they are judged (registry/accounts/bans.py)",
    )
    op.create_index(op.f("ix_sign_in_count_last_at"), "sign_in_count", ["last_at"])


def downgrade() -> None:
    op.drop_table("sign_in_count")
    op.drop_table("sftp_session")
    op.drop_column("sftp_user", "allowed_networks")
