"""A caller whose import was cancelled while it was processed is told so."""

from collections.abc import Sequence

from alembic import op

revision: str = "0017"
down_revision: str | None = "0016"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ck_webhook_message_state"


def upgrade() -> None:
    op.execute(f"ALTER TABLE webhook_message DROP CONSTRAINT {NAME}")
    op.execute(
        f"ALTER TABLE webhook_message ADD CONSTRAINT {NAME}"
        " CHECK (state IN ('processing', 'completed', 'failed', 'cancelled'))"
    )


def downgrade() -> None:
    op.execute("DELETE FROM webhook_message WHERE state = 'cancelled'")
    op.execute(f"ALTER TABLE webhook_message DROP CONSTRAINT {NAME}")
    op.execute(
        f"ALTER TABLE webhook_message ADD CONSTRAINT {NAME}"
        " CHECK (state IN ('processing', 'completed', 'failed'))"
    )
