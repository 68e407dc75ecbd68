"""What API callers do: facilities and cohorts with all their values, patients one at a time."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql as pg

revision: str = "0024"
down_revision: str | None = "0023"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

_REMOVED = "when a caller deleted it; no row may name it since"


def upgrade() -> None:
    for name in ("facility", "cohort"):
        op.add_column(name, sa.Column("removed_at", sa.DateTime(timezone=True), comment=_REMOVED))
        op.drop_constraint(f"uq_{name}_account_id_name", name, type_="unique")
        op.create_index(
            f"uq_{name}_in_use",
            name,
            ["account_id", "name"],
            unique=True,
            postgresql_where=sa.text("removed_at IS NULL"),
        )
    for column in (
        sa.Column("npi", sa.Text(), comment="National Provider Identifier, 10 digits"),
        sa.Column("tin", sa.Text(), comment="tax identification number, as given"),
        sa.Column("active", sa.Boolean(), nullable=False, server_default=sa.true()),
        sa.Column("address", pg.JSONB(), comment="line1, line2, city, state, postal_code"),
    ):
        op.add_column("facility", column)
    for column in (
        sa.Column("description", sa.Text(), nullable=False, server_default=""),
        sa.Column("color", sa.Text(), nullable=False, server_default="white"),
        sa.Column("purpose_of_use", sa.Text(), nullable=False, server_default="treatment"),
    ):
        op.add_column("cohort", column)
    op.add_column(
        "patient",
        sa.Column(
            "withdrawn",
            sa.Boolean(),
            comment="Patient.active, negated: an API caller deleted the patient",
        ),
    )
    op.add_column(
        "document_query",
        sa.Column("documents", pg.JSONB(), comment="the references found, without their content"),
    )
    op.add_column(
        "document_plan",
        sa.Column(
            "only_asked",
            sa.Boolean(),
            nullable=False,
            server_default=sa.false(),
            comment="it is open only for patients whom callers asked about",
        ),
    )
    op.create_index(
        "ix_patient_identifier_external",
        "patient_identifier",
        ["account_id", "value"],
        postgresql_where=sa.text("item = 'external'"),
    )
    op.create_table(
        "patient_call",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("idempotency_key", sa.Text()),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_patient_call")),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_patient_call_import_id_import")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_patient_call_account_id_account")
        ),
        sa.UniqueConstraint(
            "account_id",
            "idempotency_key",
            name=op.f("uq_patient_call_account_id_idempotency_key"),
        ),
        comment="Imports of one row that a call made whose caller waits for the patient",
    )


def downgrade() -> None:
    op.drop_table("patient_call")
    op.drop_column("document_query", "documents")
    op.drop_column("document_plan", "only_asked")
    op.drop_index("ix_patient_identifier_external", "patient_identifier")
    op.drop_column("patient", "withdrawn")
    for name in ("purpose_of_use", "color", "description"):
        op.drop_column("cohort", name)
    for name in ("address", "active", "tin", "npi"):
        op.drop_column("facility", name)
    for name in ("cohort", "facility"):
        op.drop_index(f"uq_{name}_in_use", name)
        op.create_unique_constraint(f"uq_{name}_account_id_name", name, ["account_id", "name"])
        op.drop_column(name, "removed_at")
