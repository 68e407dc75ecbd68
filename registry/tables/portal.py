"""The tables of the portal: users, sessions, submissions (docs/decisions/009-portal.md)."""

import sqlalchemy as sa

from registry.tables.metadata import Time, metadata

ROLES = ("viewer", "importer", "reviewer", "admin", "operator")

portal_user = sa.Table(
    "portal_user",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), comment="NULL: an operator"),
    sa.Column("name", sa.Text, nullable=False, unique=True, comment="an e-mail address"),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, nullable=False, comment="argon2"),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("signed_in_at", Time),
    sa.CheckConstraint(
        "role IN ('viewer', 'importer', 'reviewer', 'admin', 'operator')", name="role"
    ),
    sa.CheckConstraint("(account_id IS NULL) = (role = 'operator')", name="operators_have_none"),
    sa.Index(None, "account_id"),
)

portal_session = sa.Table(
    "portal_session",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True, comment="of the cookie"),
    sa.Column("user_id", sa.ForeignKey("portal_user.id"), nullable=False),
    sa.Column("csrf_token", sa.Text, nullable=False),
    sa.Column("account_id", sa.ForeignKey("account.id"), comment="that an operator looks at"),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Index(None, "user_id"),
)

submission = sa.Table(
    "submission",
    metadata,
    sa.Column("import_id", sa.ForeignKey("import.id"), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("user_name", sa.Text, nullable=False),
    sa.Column("token", sa.Text, nullable=False, comment="of the form, so that it counts once"),
    sa.Column("check_id", sa.ForeignKey("import.id"), comment="the dry run that it repeats"),
    sa.UniqueConstraint("account_id", "token"),
    sa.Index(
        "uq_submission_check_id",
        "check_id",
        unique=True,
        postgresql_where=sa.text("check_id IS NOT NULL"),
    ),
    comment="Imports that users of the portal made",
)
