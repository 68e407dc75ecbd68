"""Decisions (undo, merge, split), aliases, and in which order changes were written."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0008"
down_revision: str | None = "0007"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "rosterline_gateway"
OWN = "(nullif(current_setting('rosterline.account', true), '')::integer)"

PARTS = (
    "patient_address", "patient_client_group", "patient_cohort", "patient_condition",
    "patient_contact", "patient_coverage", "patient_enrolment", "patient_facility",
    "patient_flag", "patient_identifier", "patient_medication", "patient_note",
)  # fmt: skip
SCALARS = (
    "first_name, last_name, birth_date, birth_year, gender, language, care_manager_first_name,"
    " care_manager_last_name, physician_first_name, physician_last_name, department, risk_level,"
    " risk_score, hie_opt_out"
)
GRANTS = {
    "SELECT": ("decision", "patient_alias", "undone_attempt"),
    "INSERT": ("decision", "patient", "patient_alias", "review", *PARTS),
    f"UPDATE (name_key, {SCALARS})": ("patient",),
    "UPDATE (patient_id)": ("patient_alias",),
    "UPDATE (state)": ("review",),
    "DELETE": ("patient", "patient_alias", "review", *PARTS),
}

# A patient who is gone has a history still: of an own import, or of an own decision.
OWN_CHANGE = (
    "EXISTS (SELECT FROM patient p WHERE p.id = patient_id)"
    " OR EXISTS (SELECT FROM import i WHERE i.id = import_id)"
    " OR EXISTS (SELECT FROM decision d WHERE d.id = patient_change.import_id)"
)
OWN_PATIENT = "EXISTS (SELECT FROM patient p WHERE p.id = patient_id)"

OLD_ACTIONS = (
    "'sign_in', 'upload', 'download', 'rename', 'delete', 'ban', 'unban', 'other', 'sign_out',"
    " 'view', 'change', 'import', 'cancel'"
)
NEW_ACTIONS = f"{OLD_ACTIONS}, 'undo', 'review'"

UNDONE_ATTEMPT = """
CREATE VIEW undone_attempt WITH (security_invoker = true) AS
SELECT a.import_id, a.number AS attempt FROM attempt a
WHERE EXISTS (
    SELECT FROM decision d
    WHERE d.kind = 'undo' AND d.import_id = a.import_id AND a.number <= d.attempt
)
"""


def upgrade() -> None:
    _make_decisions()
    op.execute(UNDONE_ATTEMPT)
    _keep_order()
    _allow(NEW_ACTIONS)
    for right, tables in GRANTS.items():
        op.execute(f"GRANT {right} ON {', '.join(tables)} TO {ROLE}")
    for table in ("decision", "patient_alias"):
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_account ON {table} TO {ROLE} USING (account_id = {OWN})")
    _see_changes(OWN_CHANGE)


def _make_decisions() -> None:
    op.create_table(
        "decision",
        sa.Column("id", sa.Uuid(), nullable=False, comment="UUIDv7; that of its change set"),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=True, comment="undo: what is taken back"),
        sa.Column(
            "attempt",
            sa.SmallInteger(),
            nullable=True,
            comment="undo: with all attempts up to this one",
        ),
        sa.Column(
            "patient_id",
            sa.Uuid(),
            nullable=True,
            comment="merge, split: the older of the two, who stays",
        ),
        sa.Column(
            "other_patient_id", sa.Uuid(), nullable=True, comment="merge, split: the younger"
        ),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False, comment="patients"),
        sa.Column("removed", sa.Integer(), nullable=False, comment="patients"),
        sa.Column("restored", sa.Integer(), nullable=False, comment="patients"),
        sa.Column("kept", sa.Integer(), nullable=False, comment="values that others stand by"),
        sa.CheckConstraint("kind IN ('undo', 'merge', 'split')", name=op.f("ck_decision_kind")),
        sa.CheckConstraint(
            "CASE kind WHEN 'undo' THEN import_id IS NOT NULL AND attempt IS NOT NULL"
            " ELSE patient_id IS NOT NULL AND other_patient_id IS NOT NULL END",
            name=op.f("ck_decision_is_about"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_decision_account_id")
        ),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name=op.f("fk_decision_import_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_decision")),
        comment="What people decided about patients; only ever added to",
    )
    op.create_index(op.f("ix_decision_account_id_id"), "decision", ["account_id", "id"])
    for name in ("import_id", "patient_id", "other_patient_id"):
        op.create_index(
            op.f(f"ix_decision_{name}"),
            "decision",
            [name],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    op.create_table(
        "patient_alias",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("item", sa.Text(), nullable=False, comment="as in patient_identifier"),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("patient_id", sa.Uuid(), nullable=False, comment="to whom it leads"),
        sa.Column("decision_id", sa.Uuid(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_patient_alias_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["decision_id"], ["decision.id"], name=op.f("fk_patient_alias_decision_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "item", "value", name=op.f("pk_patient_alias")),
        comment="Identifiers that lead to a merged patient without being the one that is shown",
    )
    op.create_index(op.f("ix_patient_alias_patient_id"), "patient_alias", ["patient_id"])
    op.create_index(op.f("ix_patient_alias_decision_id"), "patient_alias", ["decision_id"])


def _keep_order() -> None:
    """What was written before this revision has 0: its order is that of receipt."""
    for table, comment in (
        ("patient_change", "the account's after this was written: the order of changes"),
        ("attempt", "the account's after this was applied"),
    ):
        op.add_column(
            table,
            sa.Column(
                "registry_version",
                sa.BigInteger(),
                server_default="0",
                nullable=False,
                comment=comment,
            ),
        )
    op.add_column(
        "import_row",
        sa.Column(
            "confirmed_items",
            sa.ARRAY(sa.Integer()),
            nullable=True,
            comment="items of lists that the row brought and the patient had, as hashes",
        ),
    )


def _see_changes(condition: str) -> None:
    op.execute("DROP POLICY own_account ON patient_change")
    op.execute(f"CREATE POLICY own_account ON patient_change TO {ROLE} USING ({condition})")


def _allow(actions: str) -> None:
    op.drop_constraint(op.f("ck_access_event_action"), "access_event")
    op.create_check_constraint(
        op.f("ck_access_event_action"), "access_event", f"action IN ({actions})"
    )


def downgrade() -> None:
    _see_changes(OWN_PATIENT)
    for right, tables in GRANTS.items():
        op.execute(f"REVOKE {right} ON {', '.join(tables)} FROM {ROLE}")
    # As revision 0003 gave it.
    op.execute(f"GRANT UPDATE (hie_opt_out) ON patient TO {ROLE}")
    op.execute("DELETE FROM access_event WHERE action IN ('undo', 'review')")
    _allow(OLD_ACTIONS)
    for table, name in (
        ("import_row", "confirmed_items"),
        ("attempt", "registry_version"),
        ("patient_change", "registry_version"),
    ):
        op.drop_column(table, name)
    op.execute("DROP VIEW undone_attempt")
    for table in ("patient_alias", "decision"):
        op.drop_table(table)
