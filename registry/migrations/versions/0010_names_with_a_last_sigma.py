"""Blocking keys of names with a Greek sigma at the end, whose two small forms are one letter now.

A capital one at the end got its key from Python in the form that only ends words.
"""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

from schemas.name_folding import name_key

revision: str = "0010"
down_revision: str | None = "0009"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

CONCERNED = (
    "SELECT id, first_name, last_name, birth_year, gender FROM patient"
    " WHERE first_name ~ '[ςΣ]' OR last_name ~ '[ςΣ]'"
)


def upgrade() -> None:
    connection = op.get_bind()
    renewed = [
        {"patient": each.id, "key": name_key(*each[1:])}
        for each in connection.execute(sa.text(CONCERNED))
    ]
    if renewed:
        connection.execute(
            sa.text("UPDATE patient SET name_key = :key WHERE id = :patient"), renewed
        )


def downgrade() -> None:
    pass  # how names were folded before is no longer known here
