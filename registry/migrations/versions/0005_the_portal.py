"""The portal: users, sessions, submissions, and what the gateway's role may do for them."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0005"
down_revision: str | None = "0004"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "rosterline_gateway"

GRANTS = {
    "SELECT": (
        "access_event", "attempt_stage", "patient_client_group", "patient_condition",
        "patient_coverage", "patient_enrolment", "patient_flag", "patient_medication",
        "patient_note", "portal_user", "review", "row_issue", "sftp_key", "sftp_user",
        "submission", "vocabulary",
    ),
    "INSERT": ("access_event", "api_key", "portal_user", "sftp_key", "sftp_user", "submission"),
    "DELETE": ("sftp_key",),
    "UPDATE (settings)": ("account",),
    "UPDATE (revoked_at)": ("api_key",),
    "UPDATE (password_hash, disabled)": ("sftp_user",),
    "UPDATE (password_hash, disabled, role)": ("portal_user",),
}  # fmt: skip

OWN = "(nullif(current_setting('rosterline.account', true), '')::integer)"
BY_USER = "EXISTS (SELECT FROM sftp_user u WHERE u.id = user_id)"
WALLS = {
    **dict.fromkeys(
        ("access_event", "portal_user", "sftp_user", "submission"), f"account_id = {OWN}"
    ),
    "sftp_key": BY_USER,
    "portal_session": "false",
}

DOORS = {"new": "'sftp', 'portal'", "old": "'sftp'"}
OLD_ACTIONS = "'sign_in', 'upload', 'download', 'rename', 'delete', 'ban', 'unban', 'other'"
NEW_ACTIONS = f"{OLD_ACTIONS}, 'sign_out', 'view', 'change', 'import', 'cancel'"


def _time(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def upgrade() -> None:
    _make_users()
    _make_submissions()
    _allow(DOORS["new"], NEW_ACTIONS)
    for right, tables in GRANTS.items():
        op.execute(f"GRANT {right} ON {', '.join(tables)} TO {ROLE}")
    for table, condition in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_account ON {table} TO {ROLE} USING ({condition})")


def _make_users() -> None:
    op.create_table(
        "portal_user",
        sa.Column("id", sa.Integer(), sa.Identity(always=True), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True, comment="NULL: an operator"),
        sa.Column("name", sa.Text(), nullable=False, comment="an e-mail address"),
        sa.Column("role", sa.Text(), nullable=False),
        sa.Column("password_hash", sa.Text(), nullable=False, comment="argon2"),
        sa.Column("disabled", sa.Boolean(), server_default=sa.text("false"), nullable=False),
        _time("created_at", now=True),
        _time("signed_in_at", nullable=True),
        sa.CheckConstraint(
            "role IN ('viewer', 'importer', 'reviewer', 'admin', 'operator')",
            name=op.f("ck_portal_user_role"),
        ),
        sa.CheckConstraint(
            "(account_id IS NULL) = (role = 'operator')",
            name=op.f("ck_portal_user_operators_have_none"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_portal_user_account_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_portal_user")),
        sa.UniqueConstraint("name", name=op.f("uq_portal_user_name")),
    )
    op.create_index(op.f("ix_portal_user_account_id"), "portal_user", ["account_id"])
    op.create_table(
        "portal_session",
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the cookie"),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("csrf_token", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=True, comment="that an operator looks at"),
        _time("created_at"),
        _time("seen_at"),
        sa.ForeignKeyConstraint(
            ["user_id"], ["portal_user.id"], name=op.f("fk_portal_session_user_id")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_portal_session_account_id")
        ),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_portal_session")),
    )
    op.create_index(op.f("ix_portal_session_user_id"), "portal_session", ["user_id"])


def _make_submissions() -> None:
    op.create_table(
        "submission",
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("user_name", sa.Text(), nullable=False),
        sa.Column(
            "token", sa.Text(), nullable=False, comment="of the form, so that it counts once"
        ),
        sa.Column("check_id", sa.Uuid(), nullable=True, comment="the dry run that it repeats"),
        sa.ForeignKeyConstraint(["import_id"], ["import.id"], name=op.f("fk_submission_import_id")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_submission_account_id")
        ),
        sa.ForeignKeyConstraint(["check_id"], ["import.id"], name=op.f("fk_submission_check_id")),
        sa.PrimaryKeyConstraint("import_id", name=op.f("pk_submission")),
        sa.UniqueConstraint("account_id", "token", name=op.f("uq_submission_account_id_token")),
        comment="Imports that users of the portal made",
    )
    op.create_index(
        "uq_submission_check_id",
        "submission",
        ["check_id"],
        unique=True,
        postgresql_where=sa.text("check_id IS NOT NULL"),
    )


def _allow(doors: str, actions: str) -> None:
    op.drop_constraint(op.f("ck_access_event_door"), "access_event")
    op.drop_constraint(op.f("ck_access_event_action"), "access_event")
    op.create_check_constraint(op.f("ck_access_event_door"), "access_event", f"door IN ({doors})")
    op.create_check_constraint(
        op.f("ck_access_event_action"), "access_event", f"action IN ({actions})"
    )


def downgrade() -> None:
    for table in WALLS:
        op.execute(f"DROP POLICY own_account ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for right, tables in GRANTS.items():
        op.execute(f"REVOKE {right} ON {', '.join(tables)} FROM {ROLE}")
    op.execute("DELETE FROM access_event WHERE door = 'portal'")
    _allow(DOORS["old"], OLD_ACTIONS)
    for table in ("submission", "portal_session", "portal_user"):
        op.drop_table(table)
