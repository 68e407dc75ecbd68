"""The HTTP door: keys, requests, webhooks, and the walls between accounts."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0003"
down_revision: str | None = "0002"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

ROLE = "rosterline_gateway"

# Another database of the same server may be making the role at this moment.
MAKE_ROLE = f"""
DO $$ BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = '{ROLE}') THEN
        CREATE ROLE {ROLE} NOLOGIN;
    END IF;
EXCEPTION WHEN duplicate_object OR unique_violation THEN NULL;
END $$
"""
# Since PostgreSQL 16 a member may lack the right to become the role: whoever made it has it only
# by granting it to himself.
JOIN_ROLE = f"""
DO $$ DECLARE
    may_become text := CASE
        WHEN current_setting('server_version_num')::integer < 160000 THEN 'MEMBER' ELSE 'SET'
    END;
BEGIN
    IF NOT pg_has_role(current_user, '{ROLE}', may_become) THEN
        EXECUTE format('GRANT {ROLE} TO %I', current_user);
    END IF;
END $$
"""

GRANTS = {
    "SELECT": (
        "account", "api_key", "attempt", "bulk_request", "cohort", "facility", "import",
        "import_row", "patient", "patient_address", "patient_change", "patient_cohort",
        "patient_contact", "patient_facility", "patient_identifier", "result_file", "webhook",
        "webhook_message", "webhook_try",
    ),
    "INSERT": ("bulk_request", "cohort", "facility", "import", "patient_change", "webhook"),
    "UPDATE (state, expires_at)": ("bulk_request",),
    "UPDATE (state, reason)": ("import",),
    "UPDATE (hie_opt_out)": ("patient",),
    "UPDATE (registry_version)": ("account",),
    "UPDATE (url, key, ping_fault, changed_at)": ("webhook",),
    "UPDATE (next_try_at, given_up_at)": ("webhook_message",),
}  # fmt: skip

OWN = "(nullif(current_setting('rosterline.account', true), '')::integer)"
BY_ACCOUNT = f"account_id = {OWN}"
BY_PATIENT = "EXISTS (SELECT FROM patient p WHERE p.id = patient_id)"
BY_IMPORT = "EXISTS (SELECT FROM import i WHERE i.id = import_id)"

WALLS = {
    "account": f"id = {OWN}",
    **dict.fromkeys(
        (
            "api_key", "bulk_request", "cohort", "facility", "import", "patient",
            "patient_identifier", "result_file", "review", "vocabulary", "webhook",
            "webhook_message", "webhook_try",
        ),
        BY_ACCOUNT,
    ),
    **dict.fromkeys(
        (
            "patient_address", "patient_change", "patient_client_group", "patient_cohort",
            "patient_condition", "patient_contact", "patient_coverage", "patient_enrolment",
            "patient_facility", "patient_flag", "patient_medication", "patient_note",
        ),
        BY_PATIENT,
    ),
    **dict.fromkeys(("attempt", "attempt_stage", "import_row", "row_issue"), BY_IMPORT),
}  # fmt: skip

TELL = """
CREATE FUNCTION tell_webhook() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    INSERT INTO webhook_message (account_id, import_id, state, reason)
    SELECT NEW.account_id, NEW.id, NEW.state, NEW.reason
    FROM webhook w WHERE w.account_id = NEW.account_id AND w.url IS NOT NULL;
    RETURN NULL;
END $$
"""
TELL_ON = """
CREATE TRIGGER tell_webhook AFTER UPDATE OF state ON import FOR EACH ROW
WHEN (
    NEW.source = 'api' AND OLD.state IS DISTINCT FROM NEW.state
    AND NEW.state IN ('processing', 'completed', 'failed')
)
EXECUTE FUNCTION tell_webhook()
"""


def _time(name: str, *, nullable: bool = False, now: bool = False) -> sa.Column[object]:
    default = sa.text("now()") if now else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=default, nullable=nullable)


def upgrade() -> None:
    _make_keys_and_requests()
    _make_webhooks()
    op.create_index(
        "ix_patient_change_by_person",
        "patient_change",
        ["patient_id"],
        postgresql_where=sa.text("attempt = 0"),
    )
    op.execute(TELL)
    op.execute(TELL_ON)
    op.execute(MAKE_ROLE)
    op.execute(JOIN_ROLE)
    op.execute(f"GRANT USAGE ON SCHEMA public TO {ROLE}")
    for right, tables in GRANTS.items():
        op.execute(f"GRANT {right} ON {', '.join(tables)} TO {ROLE}")
    for table, condition in WALLS.items():
        op.execute(f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY")
        op.execute(f"CREATE POLICY own_account ON {table} TO {ROLE} USING ({condition})")


def _make_keys_and_requests() -> None:
    op.create_table(
        "api_key",
        sa.Column("id", sa.Uuid(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("beginning", sa.Text(), nullable=False, comment="by which people recognise it"),
        sa.Column("scope", sa.Text(), nullable=False),
        _time("created_at"),
        _time("last_used_at", nullable=True),
        _time("revoked_at", nullable=True),
        sa.CheckConstraint("scope IN ('full', 'read')", name=op.f("ck_api_key_scope")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_api_key_account_id")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_api_key")),
        sa.UniqueConstraint("sha256", name=op.f("uq_api_key_sha256")),
    )
    op.create_index(
        "uq_api_key_active",
        "api_key",
        ["account_id", "name"],
        unique=True,
        postgresql_where=sa.text("revoked_at IS NULL"),
    )
    op.create_table(
        "bulk_request",
        sa.Column("id", sa.Uuid(), nullable=False, comment="that of its import, once there is one"),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("facility_id", sa.Uuid(), nullable=True),
        sa.Column("dry_run", sa.Boolean(), nullable=False),
        sa.Column("idempotency_key", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        _time("created_at"),
        _time("expires_at"),
        sa.CheckConstraint(
            "state IN ('waiting', 'received', 'expired', 'cancelled')",
            name=op.f("ck_bulk_request_state"),
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_bulk_request_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["facility_id"], ["facility.id"], name=op.f("fk_bulk_request_facility_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bulk_request")),
        sa.UniqueConstraint(
            "account_id", "idempotency_key", name=op.f("uq_bulk_request_account_id_idempotency_key")
        ),
    )
    op.create_index(op.f("ix_bulk_request_account_id_id"), "bulk_request", ["account_id", "id"])
    op.create_index(
        "ix_bulk_request_waiting",
        "bulk_request",
        ["expires_at"],
        postgresql_where=sa.text("state = 'waiting'"),
    )


def _make_webhooks() -> None:
    op.create_table(
        "webhook",
        sa.Column("account_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("url", sa.Text(), nullable=True, comment="NULL: none is wanted"),
        sa.Column("key", sa.Text(), nullable=False, comment="signs; kept readable for that"),
        sa.Column("ping_fault", sa.Text(), nullable=True, comment="why the last ping failed"),
        _time("changed_at"),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_webhook_account_id")),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_webhook")),
    )
    op.create_table(
        "webhook_message",
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column(
            "message_id", sa.Uuid(), server_default=sa.text("gen_random_uuid()"), nullable=False
        ),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("import_id", sa.Uuid(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False, comment="of the import, to be told"),
        sa.Column("reason", sa.Text(), nullable=True),
        _time("created_at", now=True),
        sa.Column("tries", sa.SmallInteger(), server_default="0", nullable=False),
        _time("next_try_at", now=True),
        _time("delivered_at", nullable=True),
        _time("given_up_at", nullable=True),
        sa.CheckConstraint(
            "state IN ('processing', 'completed', 'failed')", name=op.f("ck_webhook_message_state")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_webhook_message_account_id")
        ),
        sa.ForeignKeyConstraint(
            ["import_id"], ["import.id"], name=op.f("fk_webhook_message_import_id")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_message")),
    )
    op.create_index(op.f("ix_webhook_message_import_id"), "webhook_message", ["import_id"])
    op.create_index(
        op.f("ix_webhook_message_account_id_id"), "webhook_message", ["account_id", "id"]
    )
    op.create_index(
        "ix_webhook_message_due",
        "webhook_message",
        ["next_try_at"],
        postgresql_where=sa.text("delivered_at IS NULL AND given_up_at IS NULL"),
    )
    op.create_table(
        "webhook_try",
        sa.Column("message", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("number", sa.SmallInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        _time("tried_at"),
        sa.Column("seconds", sa.Double(), nullable=False),
        sa.Column("http_status", sa.SmallInteger(), nullable=True),
        sa.Column("fault", sa.Text(), nullable=True, comment="why it was no success"),
        sa.ForeignKeyConstraint(
            ["message"], ["webhook_message.id"], name=op.f("fk_webhook_try_message")
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_webhook_try_account_id")
        ),
        sa.PrimaryKeyConstraint("message", "number", name=op.f("pk_webhook_try")),
    )


def downgrade() -> None:
    op.execute("DROP TRIGGER tell_webhook ON import")
    op.execute("DROP FUNCTION tell_webhook")
    for table in WALLS:
        op.execute(f"DROP POLICY own_account ON {table}")
        op.execute(f"ALTER TABLE {table} DISABLE ROW LEVEL SECURITY")
    for table in ("webhook_try", "webhook_message", "webhook", "bulk_request", "api_key"):
        op.drop_table(table)
    op.drop_index("ix_patient_change_by_person", table_name="patient_change")
    # The role stays: it may hold rights in another database of the server.
    op.execute(f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {ROLE}")
    op.execute(f"REVOKE USAGE ON SCHEMA public FROM {ROLE}")
