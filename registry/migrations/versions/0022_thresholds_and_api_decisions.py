"""The thresholds of the models that scored pairs, and decisions over the API in the activity log."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0022"
down_revision: str | None = "0021"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "scoring_model",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False, comment="as in review.model"),
        sa.Column(
            "review",
            sa.Double(),
            nullable=False,
            comment="weight from which a person is asked",
        ),
        sa.Column(
            "automatic",
            sa.Double(),
            nullable=False,
            comment="lowest weight from which new patients may be linked",
        ),
        sa.Column(
            "used_at",
            sa.DateTime(timezone=True),
            nullable=False,
            comment="when it scored pairs last",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_scoring_model_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_scoring_model")),
        comment="The models that scored an account's pairs, with their thresholds",
    )
    op.drop_constraint("ck_access_event_door", "access_event")
    op.create_check_constraint(
        op.f("ck_access_event_door"), "access_event", "door IN ('sftp', 'portal', 'api')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM access_event WHERE door = 'api'")
    op.drop_constraint("ck_access_event_door", "access_event")
    op.create_check_constraint(
        op.f("ck_access_event_door"), "access_event", "door IN ('sftp', 'portal')"
    )
    op.drop_table("scoring_model")
