"""The tables of the portal: users, how they sign in, submissions (docs/decisions/009-portal.md)."""

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from registry.tables.metadata import Time, metadata, one_of

ROLES = ("viewer", "importer", "reviewer", "admin", "operator")

portal_user = sa.Table(
    "portal_user",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), comment="NULL: an operator"),
    sa.Column("name", sa.Text, nullable=False, unique=True, comment="an e-mail address"),
    sa.Column("role", sa.Text, nullable=False),
    sa.Column("password_hash", sa.Text, comment="argon2; NULL: invited, or single sign-on only"),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("signed_in_at", Time),
    sa.Column(
        "must_change_password",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="somebody else knows it",
    ),
    sa.Column(
        "past_password_hashes",
        ARRAY(sa.Text),
        nullable=False,
        server_default="{}",
        comment="the latest first; none of them is allowed again",
    ),
    sa.Column(
        "session_generation",
        sa.Integer,
        nullable=False,
        server_default="0",
        comment="sessions of an earlier one are over",
    ),
    sa.Column("second_factor_at", Time, comment="since when codes are asked for"),
    sa.Column(
        "has_password",
        sa.Boolean,
        sa.Computed("password_hash IS NOT NULL", persisted=True),
        nullable=False,
        comment="for who may not read the hash",
    ),
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
    sa.Column("user_id", sa.ForeignKey("portal_user.id", ondelete="CASCADE"), nullable=False),
    sa.Column("csrf_token", sa.Text, nullable=False),
    sa.Column("account_id", sa.ForeignKey("account.id"), comment="that an operator looks at"),
    sa.Column("created_at", Time, nullable=False),
    sa.Column("seen_at", Time, nullable=False),
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), nullable=False, unique=True),
    sa.Column("generation", sa.Integer, nullable=False, server_default="0"),
    sa.Column("method", sa.Text, nullable=False, server_default="password"),
    sa.Column(
        "has_second_factor",
        sa.Boolean,
        nullable=False,
        server_default=sa.false(),
        comment="a code was given, or the provider of single sign-on asked for one",
    ),
    sa.Column("address", sa.Text),
    sa.Column("browser", sa.Text, comment="as it names itself"),
    one_of("method", ("password", "single_sign_on")),
    sa.Index(None, "user_id"),
)

portal_second_factor = sa.Table(
    "portal_second_factor",
    metadata,
    sa.Column("user_id", sa.ForeignKey("portal_user.id", ondelete="CASCADE"), primary_key=True),
    sa.Column(
        "secret", sa.LargeBinary, nullable=False, comment="encrypted with the installation's key"
    ),
    sa.Column(
        "last_step",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="half minutes since 1970 of the code that was used last",
    ),
)

portal_recovery_code = sa.Table(
    "portal_recovery_code",
    metadata,
    sa.Column("user_id", sa.ForeignKey("portal_user.id", ondelete="CASCADE"), primary_key=True),
    sa.Column("hmac", sa.Text, primary_key=True, comment="with the installation's key"),
    comment="Codes that replace one of the second factor; a used one is removed",
)

portal_link = sa.Table(
    "portal_link",
    metadata,
    sa.Column("sha256", sa.Text, primary_key=True, comment="of the link's token"),
    sa.Column("user_id", sa.ForeignKey("portal_user.id", ondelete="CASCADE"), nullable=False),
    sa.Column("generation", sa.Integer, nullable=False, comment="of the user's sessions"),
    sa.Column("expires_at", Time, nullable=False),
    sa.Index(None, "user_id"),
    comment="Links with which a user sets a password, once",
)

portal_identity = sa.Table(
    "portal_identity",
    metadata,
    sa.Column("issuer", sa.Text, primary_key=True),
    sa.Column("subject", sa.Text, primary_key=True),
    sa.Column("user_id", sa.ForeignKey("portal_user.id", ondelete="CASCADE"), nullable=False),
    sa.Column("linked_at", Time, nullable=False),
    sa.UniqueConstraint("user_id", "issuer"),
    comment="Who a user is at the provider of single sign-on",
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
