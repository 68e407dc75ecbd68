"""Counts while an import is under way, pages of patients, no second telling of a further run."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0006"
down_revision: str | None = "0005"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "rosterline_gateway"
COUNTS = ("records", "created", "updated", "unchanged", "errored")

# What a caller was told stays true: an import that is run again is told only where it was told as
# failed and completes now.
TELL = """
CREATE OR REPLACE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF NEW.state = 'processing' AND OLD.state <> 'waiting' THEN
        RETURN NULL;
    END IF;
    IF NEW.state <> 'processing' AND EXISTS (
        SELECT FROM attempt a
        WHERE a.import_id = NEW.id AND a.finished_at IS NOT NULL
            AND (a.state = 'finished' OR NEW.state = 'failed')
            AND a.number < (SELECT max(b.number) FROM attempt b WHERE b.import_id = NEW.id)
    ) THEN
        RETURN NULL;
    END IF;
    INSERT INTO webhook_message (account_id, import_id, state, reason)
    SELECT NEW.account_id, NEW.id, NEW.state, NEW.reason
    FROM webhook w WHERE w.account_id = NEW.account_id AND w.url IS NOT NULL;
    RETURN NULL;
END $$
"""
TELL_OF_EVERY_RUN = """
CREATE OR REPLACE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_message (account_id, import_id, state, reason)
    SELECT NEW.account_id, NEW.id, NEW.state, NEW.reason
    FROM webhook w WHERE w.account_id = NEW.account_id AND w.url IS NOT NULL;
    RETURN NULL;
END $$
"""


def upgrade() -> None:
    for name in COUNTS:
        op.add_column("attempt_stage", sa.Column(name, sa.Integer(), nullable=True))
    op.execute(f"GRANT SELECT ON attempt_stage TO {ROLE}")
    op.create_index("ix_patient_account_id_id", "patient", ["account_id", "id"])
    op.execute(TELL)


def downgrade() -> None:
    op.execute(TELL_OF_EVERY_RUN)
    op.drop_index("ix_patient_account_id_id", table_name="patient")
    op.execute(f"REVOKE SELECT ON attempt_stage FROM {ROLE}")
    for name in COUNTS:
        op.drop_column("attempt_stage", name)
