"""Channels over which people of an account are told what became of its files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0036"
down_revision: str | None = "0035"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "account_channel",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="what people call it"),
        sa.Column(
            "address",
            sa.Text(),
            nullable=False,
            comment="an e-mail address, or one of Apprise; may have a password or token",
        ),
        sa.Column("kinds", sa.ARRAY(sa.Text()), nullable=False, comment="what is told over it"),
        sa.Column("daily", sa.Boolean(), nullable=False, comment="one message a day, not at once"),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint(
            "kinds <@ ARRAY['finished', 'failed', 'held', 'no_file'] AND cardinality(kinds) > 0",
            name=op.f("ck_account_channel_kinds"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_account_channel_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account_channel")),
        sa.UniqueConstraint("account_id", "name", name=op.f("uq_account_channel_account_id_name")),
        comment="Whom of an account to tell what became of its files",
    )


def downgrade() -> None:
    op.drop_table("account_channel")
