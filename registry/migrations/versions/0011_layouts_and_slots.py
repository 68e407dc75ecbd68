"""The layout of a file is kept with its attempt, and each issue names its column by slot.

Issues that are there already get the slot that their column's name has in the format; a header
that the format does not know gets none. Attempts get no layout: it is worked out from the archive
when it is asked for.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

from rosters.headers import slot_of_name
from schemas.catalogue import FORMATS

revision: str = "0011"
down_revision: str | None = "0010"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

NAMES = """
SELECT DISTINCT import.format, row_issue.column_name
FROM row_issue JOIN import ON import.id = row_issue.import_id
WHERE row_issue.column_name IS NOT NULL
"""
SLOTS = (
    "CREATE TEMPORARY TABLE known_slot (format text, column_name text, slot text) ON COMMIT DROP"
)
FILL = """
UPDATE row_issue SET slot = known_slot.slot
FROM import JOIN known_slot ON known_slot.format = import.format
WHERE import.id = row_issue.import_id AND known_slot.column_name = row_issue.column_name
"""
# Its columns change; the next build of the marts makes it again.
DROP_SEED = "DROP TABLE IF EXISTS marts_staging.known_columns CASCADE"


def upgrade() -> None:
    op.add_column(
        "attempt",
        sa.Column(
            "layout",
            postgresql.JSON(),
            nullable=True,
            comment="rosters.layout.Layout; none before revision 0011",
        ),
    )
    op.add_column(
        "row_issue",
        sa.Column(
            "slot",
            sa.Text(),
            nullable=True,
            comment="the column in its format; none for an unknown header",
        ),
    )
    op.alter_column("row_issue", "column_name", comment="as the file spells it")
    _fill_slots()
    op.execute(DROP_SEED)


def _fill_slots() -> None:
    connection = op.get_bind()
    known = [
        {"format": format_name, "column_name": column_name, "slot": slot}
        for format_name, column_name in connection.execute(sa.text(NAMES))
        if (slot := _slot(str(format_name), str(column_name)))
    ]
    if not known:
        return
    connection.execute(sa.text(SLOTS))
    insert = "INSERT INTO known_slot VALUES (:format, :column_name, :slot)"
    connection.execute(sa.text(insert), known)
    connection.execute(sa.text(FILL))


def _slot(format_name: str, column_name: str) -> str | None:
    file_format = FORMATS.get(format_name)
    return slot_of_name(column_name, file_format) if file_format else None


def downgrade() -> None:
    op.alter_column("row_issue", "column_name", comment=None)
    op.drop_column("row_issue", "slot")
    op.drop_column("attempt", "layout")
    op.execute(DROP_SEED)
