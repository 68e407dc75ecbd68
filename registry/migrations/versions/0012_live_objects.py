"""Which text of the live objects (registry/tables/objects) was applied last."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0012"
down_revision: str | None = "0011"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None


def upgrade() -> None:
    op.create_table(
        "applied_objects",
        sa.Column("digest", sa.Text(), nullable=False, comment="of registry/tables/objects/*.sql"),
        sa.PrimaryKeyConstraint("digest", name=op.f("pk_applied_objects")),
        comment="Which text of the live objects was applied last; one row",
    )


def downgrade() -> None:
    op.drop_table("applied_objects")
