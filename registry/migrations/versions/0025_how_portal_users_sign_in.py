"""How users of the portal sign in: second factor, single sign-on, links, counted guesses."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import ARRAY

revision: str = "0025"
down_revision: str | None = "0024"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)
NEW_TABLES = (
    "sign_in_guess",
    "portal_identity",
    "portal_link",
    "portal_recovery_code",
    "portal_second_factor",
)


def upgrade() -> None:
    op.alter_column(
        "portal_user",
        "password_hash",
        nullable=True,
        comment="argon2; NULL: invited, or single sign-on only",
        existing_comment="argon2",
    )
    for column in _new_of_user():
        op.add_column("portal_user", column)
    _change_sessions()
    _make_second_factor()
    _make_links()
    op.create_table(
        "sign_in_guess",
        sa.Column("door", sa.Text(), nullable=False, comment="what was guessed, and where"),
        sa.Column("user_name", sa.Text(), nullable=False, comment="empty: of any user"),
        sa.Column("address", sa.Text(), nullable=False, comment="empty: from any address"),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.PrimaryKeyConstraint("door", "user_name", "address", name=op.f("pk_sign_in_guess")),
        comment="Guesses of a password or code, counted before they are judged",
    )


def _change_sessions() -> None:
    for column in _new_of_session():
        op.add_column("portal_session", column)
    op.create_unique_constraint(op.f("uq_portal_session_id"), "portal_session", ["id"])
    op.create_check_constraint(
        op.f("ck_portal_session_method"),
        "portal_session",
        "method IN ('password', 'single_sign_on')",
    )
    op.drop_constraint(op.f("fk_portal_session_user_id"), "portal_session")
    op.create_foreign_key(
        op.f("fk_portal_session_user_id"),
        "portal_session",
        "portal_user",
        ["user_id"],
        ["id"],
        ondelete="CASCADE",
    )


def _make_second_factor() -> None:
    op.create_table(
        "portal_second_factor",
        _user_of("portal_second_factor"),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column(
            "secret",
            sa.LargeBinary(),
            nullable=False,
            comment="encrypted with the installation's key",
        ),
        sa.Column(
            "last_step",
            sa.BigInteger(),
            server_default="0",
            nullable=False,
            comment="half minutes since 1970 of the code that was used last",
        ),
        sa.PrimaryKeyConstraint("user_id", name=op.f("pk_portal_second_factor")),
    )
    op.create_table(
        "portal_recovery_code",
        _user_of("portal_recovery_code"),
        sa.Column("user_id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("hmac", sa.Text(), nullable=False, comment="with the installation's key"),
        sa.PrimaryKeyConstraint("user_id", "hmac", name=op.f("pk_portal_recovery_code")),
        comment="Codes that replace one of the second factor; a used one is removed",
    )


def _make_links() -> None:
    op.create_table(
        "portal_link",
        _user_of("portal_link"),
        sa.Column("sha256", sa.Text(), nullable=False, comment="of the link's token"),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("generation", sa.Integer(), nullable=False, comment="of the user's sessions"),
        sa.Column("expires_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("sha256", name=op.f("pk_portal_link")),
        comment="Links with which a user sets a password, once",
    )
    op.create_index(op.f("ix_portal_link_user_id"), "portal_link", ["user_id"])
    op.create_table(
        "portal_identity",
        _user_of("portal_identity"),
        sa.Column("issuer", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("user_id", sa.Integer(), nullable=False),
        sa.Column("linked_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("issuer", "subject", name=op.f("pk_portal_identity")),
        sa.UniqueConstraint("user_id", "issuer", name=op.f("uq_portal_identity_user_id_issuer")),
        comment="Who a user is at the provider of single sign-on",
    )


def _user_of(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["user_id"], ["portal_user.id"], name=op.f(f"fk_{table}_user_id"), ondelete="CASCADE"
    )


def downgrade() -> None:
    for table in NEW_TABLES:
        op.drop_table(table)
    op.drop_constraint(op.f("fk_portal_session_user_id"), "portal_session")
    op.create_foreign_key(
        op.f("fk_portal_session_user_id"), "portal_session", "portal_user", ["user_id"], ["id"]
    )
    for column in _new_of_session():
        op.drop_column("portal_session", column.name)
    for column in _new_of_user():
        op.drop_column("portal_user", column.name)
    # Who was only invited cannot sign in before either: no password belongs to an empty hash.
    op.execute("UPDATE portal_user SET password_hash = '' WHERE password_hash IS NULL")
    op.alter_column(
        "portal_user",
        "password_hash",
        nullable=False,
        comment="argon2",
        existing_comment="argon2; NULL: invited, or single sign-on only",
    )


def _new_of_user() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column(
            "must_change_password",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="somebody else knows it",
        ),
        sa.Column(
            "past_password_hashes",
            ARRAY(sa.Text()),
            server_default="{}",
            nullable=False,
            comment="the latest first; none of them is allowed again",
        ),
        sa.Column(
            "session_generation",
            sa.Integer(),
            server_default="0",
            nullable=False,
            comment="sessions of an earlier one are over",
        ),
        sa.Column("second_factor_at", TIME, comment="since when codes are asked for"),
    )


def _new_of_session() -> tuple[sa.Column[object], ...]:
    return (
        sa.Column("id", sa.BigInteger(), sa.Identity(always=True), nullable=False),
        sa.Column("generation", sa.Integer(), server_default="0", nullable=False),
        sa.Column("method", sa.Text(), server_default="password", nullable=False),
        sa.Column(
            "has_second_factor",
            sa.Boolean(),
            server_default=sa.text("false"),
            nullable=False,
            comment="a code was given, or the provider of single sign-on asked for one",
        ),
        sa.Column("address", sa.Text()),
        sa.Column("browser", sa.Text(), comment="as it names itself"),
    )
