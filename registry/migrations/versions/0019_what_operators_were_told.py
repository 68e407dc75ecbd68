"""Notifications of operators are remembered; archived files that were pruned are marked."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0019"
down_revision: str | None = "0018"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

Time = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.create_table(
        "notification",
        sa.Column("event", sa.Text, nullable=False, comment="what happened, as it is named once"),
        sa.Column("channel", sa.Text, nullable=False, comment="a digest of the channel's address"),
        sa.Column("first_tried_at", Time, nullable=False),
        sa.Column("tried_at", Time, nullable=False),
        sa.Column("tries", sa.SmallInteger, nullable=False, server_default="0"),
        sa.Column("next_try_at", Time, nullable=False),
        sa.Column("told_at", Time),
        sa.Column("given_up_at", Time),
        sa.Column("fault", sa.Text, comment="why the last try failed"),
        sa.PrimaryKeyConstraint("event", "channel", name="pk_notification"),
        comment="What operators were told, by channel",
    )
    op.create_index("ix_notification_first_tried_at", "notification", ["first_tried_at"])
    op.add_column(
        "import",
        sa.Column(
            "archive_pruned_at", Time, comment="when its archived file was removed, being old"
        ),
    )

    op.add_column(
        "document_plan",
        sa.Column(
            "not_asked",
            sa.Integer,
            nullable=False,
            server_default="0",
            comment="patients without a query, since no endpoint was configured",
        ),
    )
    # There was a row for each of these patients.
    op.execute("UPDATE document_plan SET not_asked = not_configured")
    op.execute("DELETE FROM document_query WHERE state = 'not-configured'")


def downgrade() -> None:
    op.drop_column("document_plan", "not_asked")
    op.drop_column("import", "archive_pruned_at")
    op.drop_table("notification")
