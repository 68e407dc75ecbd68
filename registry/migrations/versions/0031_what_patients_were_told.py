"""A patient has the digest of a row that would change nothing.

Patients of before have none: the next row about each is compared with its values, as ever.
(docs/decisions/023-the-unchanged-row.md)
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0031"
down_revision: str | None = "0030"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.add_column(
        "patient",
        sa.Column(
            "told",
            sa.Uuid(),
            nullable=True,
            comment="digest of a row that would change nothing, or none",
        ),
    )


def downgrade() -> None:
    op.drop_column("patient", "told")
