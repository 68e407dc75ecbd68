"""Schemas of the marts, and a role that reads them for each kind of analyst."""

from collections.abc import Sequence

from alembic import op

revision: str = "0007"
down_revision: str | None = "0006"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

READERS = {"marts": "rosterline_analyst", "marts_patients": "rosterline_patient_analyst"}
STAGING = "marts_staging"

# Another database of the same server may be making the role at this moment.
MAKE_ROLE = """
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{role}') THEN
        CREATE ROLE {role} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""


def upgrade() -> None:
    for schema in (*READERS, STAGING):
        op.execute(f"CREATE SCHEMA IF NOT EXISTS {schema}")
    for schema, role in READERS.items():
        op.execute(MAKE_ROLE.format(role=role))
        op.execute(f"GRANT USAGE ON SCHEMA {schema} TO {role}")


def downgrade() -> None:
    for schema in (*READERS, STAGING):
        # All of it can be built again.
        op.execute(f"DROP SCHEMA {schema} CASCADE")
