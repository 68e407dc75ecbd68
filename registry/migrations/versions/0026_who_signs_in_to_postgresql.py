"""Logins of gateway and runs, who are not the owner; and users are listed without their passwords."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0026"
down_revision: str | None = "0025"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IS_THERE = "password_hash IS NOT NULL"
WITH_PASSWORDS = ("portal_user", "sftp_user")


def upgrade() -> None:
    # `registry.migrations` made the roles before: they belong to the server, not to the database.
    for table in WITH_PASSWORDS:
        op.add_column(
            table,
            sa.Column(
                "has_password",
                sa.Boolean(),
                sa.Computed(IS_THERE, persisted=True),
                nullable=False,
                comment="for who may not read the hash",
            ),
        )


def downgrade() -> None:
    op.execute("DROP VIEW IF EXISTS portal_person CASCADE")
    op.execute("DROP FUNCTION IF EXISTS sftp_users_named")
    op.execute("DROP TRIGGER IF EXISTS keep_past_password ON portal_user")
    for table in WITH_PASSWORDS:
        op.drop_column(table, "has_password")
