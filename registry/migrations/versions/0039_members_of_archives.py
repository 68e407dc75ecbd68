"""An import for each roster of an archive: whose member it is, and where it stands there."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0039"
down_revision: str | None = "0038"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

IMPORT_STATES = (
    "waiting", "processing", "held", "completed", "failed", "expired", "cancelled"
)  # fmt: skip
ATTEMPT_STATES = ("open", "applied", "finished", "failed")


def upgrade() -> None:
    op.add_column(
        "import",
        sa.Column("parent_id", sa.Uuid(), comment="of the archive in which it is a member"),
    )
    op.add_column(
        "import",
        sa.Column(
            "member",
            sa.Text(),
            comment="its place in the received archive: 2/0 is in the third file",
        ),
    )
    op.create_foreign_key(op.f("fk_import_parent_id"), "import", "import", ["parent_id"], ["id"])
    op.create_index(
        "uq_import_member",
        "import",
        ["parent_id", "member"],
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    )
    _allow("import", (*IMPORT_STATES, "unpacked"))
    _allow("attempt", (*ATTEMPT_STATES, "unpacked"))


def _allow(table: str, states: Sequence[str], *, is_checked: bool = True) -> None:
    op.drop_constraint(op.f(f"ck_{table}_state"), table, type_="check")
    quoted = ", ".join(f"'{state}'" for state in states)
    op.create_check_constraint(
        op.f(f"ck_{table}_state"),
        table,
        f"state IN ({quoted})",
        postgresql_not_valid=not is_checked,
    )


def downgrade() -> None:
    # Archives that were unpacked keep their state; nothing is done with them any more.
    _allow("import", IMPORT_STATES, is_checked=False)
    _allow("attempt", ATTEMPT_STATES, is_checked=False)
    # It looks at the archive of a member; the objects of the revision below make theirs.
    op.execute("DROP TRIGGER tell_webhook ON import")
    op.drop_index("uq_import_member", "import")
    op.drop_constraint(op.f("fk_import_parent_id"), "import", type_="foreignkey")
    op.drop_column("import", "member")
    op.drop_column("import", "parent_id")
