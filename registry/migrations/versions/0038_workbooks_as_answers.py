"""Failed rows of a workbook are kept as a workbook, too."""

from collections.abc import Sequence

from alembic import op

revision: str = "0038"
down_revision: str | None = "0037"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAME = "ck_result_file_kind"


def upgrade() -> None:
    op.drop_constraint(op.f(NAME), "result_file", type_="check")
    op.create_check_constraint(
        op.f(NAME), "result_file", "kind IN ('result', 'failed_rows', 'failed_workbook')"
    )


def downgrade() -> None:
    op.execute("DELETE FROM result_file WHERE kind = 'failed_workbook'")
    op.drop_constraint(op.f(NAME), "result_file", type_="check")
    op.create_check_constraint(op.f(NAME), "result_file", "kind IN ('result', 'failed_rows')")
