"""Patients are found by birth and names together, so that namesakes of another day are not read."""

from collections.abc import Sequence

from alembic import op

revision: str = "0040"
down_revision: str | None = "0039"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

BY_NAMES = "ix_patient_account_id_name_key"
BY_BIRTH_AND_NAMES = "ix_patient_account_id_birth_date_name_key"


def upgrade() -> None:
    op.create_index(op.f(BY_BIRTH_AND_NAMES), "patient", ["account_id", "birth_date", "name_key"])
    op.drop_index(op.f(BY_NAMES), "patient")


def downgrade() -> None:
    op.create_index(op.f(BY_NAMES), "patient", ["account_id", "name_key"])
    op.drop_index(op.f(BY_BIRTH_AND_NAMES), "patient")
