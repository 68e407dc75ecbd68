"""The row that created a patient stores no changes: view `full_change` tells what it brought.

Rows of before keep theirs. (docs/decisions/029-the-new-row.md)
"""

from collections.abc import Sequence

from alembic import op

revision: str = "0037"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.alter_column("patient_change", "changes", nullable=True)


def downgrade() -> None:
    """Rows that were written since get their changes first."""
    op.execute("""
        UPDATE patient_change
        SET changes = full_change.changes
        FROM full_change
        WHERE
            patient_change.changes IS NULL
            AND patient_change.patient_id = full_change.patient_id
            AND patient_change.import_id = full_change.import_id
            AND patient_change.attempt = full_change.attempt
            AND patient_change.line = full_change.line
    """)
    op.execute("DROP VIEW full_change")
    op.alter_column("patient_change", "changes", nullable=False)
