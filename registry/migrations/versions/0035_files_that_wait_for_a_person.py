"""What a file was like, and files that are held for a person: a state, and who decided what.

Attempts of before have neither `missing` nor `changed_identities`; a norm counts their changed
identities as none. (docs/decisions/028-held-files.md)
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0035"
down_revision: str | None = "0031"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
STATES_BEFORE = "'waiting', 'processing', 'completed', 'failed', 'expired', 'cancelled'"


def upgrade() -> None:
    op.add_column(
        "attempt",
        sa.Column(
            "missing",
            sa.Integer(),
            comment="stored patients whom no row of a whole list named, if counted",
        ),
    )
    op.add_column(
        "attempt",
        sa.Column(
            "changed_identities",
            sa.Integer(),
            comment="rows that share but an identifier; none before 0035",
        ),
    )
    op.drop_constraint(op.f("ck_import_state"), "import")
    op.create_check_constraint(
        op.f("ck_import_state"), "import", f"state IN ({STATES_BEFORE}, 'held')"
    )
    op.create_table(
        "file_hold",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("attempt", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("held_at", TIME, nullable=False),
        sa.Column(
            "reason", sa.Text(), nullable=False, comment="counts and shares; no value of a patient"
        ),
        sa.Column("decision", sa.Text(), comment="none while it waits for a person"),
        sa.Column("decided_at", TIME),
        sa.Column("decided_by", sa.Text()),
        sa.CheckConstraint(
            "decision IN ('let_through', 'refused')", name=op.f("ck_file_hold_decision")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_file_hold_account_id")
        ),
        sa.PrimaryKeyConstraint("import_id", "attempt", name=op.f("pk_file_hold")),
        comment="Files that were held because they were unlike the usual ones, and who decided "
        "what",
    )


def downgrade() -> None:
    op.drop_table("file_hold")
    op.drop_constraint(op.f("ck_import_state"), "import")
    op.create_check_constraint(op.f("ck_import_state"), "import", f"state IN ({STATES_BEFORE})")
    op.drop_column("attempt", "changed_identities")
    op.drop_column("attempt", "missing")
