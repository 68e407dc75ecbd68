"""Calls of API keys and tries to sign in, counted for all doors and processes together."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0027"
down_revision: str | None = "0026"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

KINDS = "'sftp_password', 'sftp_key', 'portal_password'"
FORMER_CONTACT_ITEMS = (
    "phone/home, phone/mobile, phone/work, email/main, or phone/<number> and email/<address> where a "
    "patient may have many; phone numbers are E.164"
)
CONTACT_ITEMS = (
    f"{FORMER_CONTACT_ITEMS}; together/<number>/<address>, with both in its value, where the two were "
    "given as one contact"
)
MOVE_GUESSES = """
INSERT INTO sign_in_count (kind, address, user_name, tries, began_at, last_at)
SELECT 'portal_' || door, address, user_name, guesses, since, since FROM sign_in_guess
ON CONFLICT DO NOTHING
"""
MOVE_KNOWN_ADDRESSES = """
INSERT INTO sign_in_count AS kept (
    kind, address, user_name, tries, began_at, last_at, signed_in_at
)
SELECT 'portal_password', place, user_name, 0, max(at), max(at), max(at)
FROM
    access_event,
    LATERAL (
        SELECT CASE
            WHEN address LIKE '%:%' THEN network(set_masklen(address::inet, 64))::text
            ELSE address
        END AS place
    ) AS of_subscriber
WHERE door = 'portal'
    AND action = 'sign_in'
    AND NOT refused
    AND user_name IS NOT NULL
    AND address NOT LIKE '%|%%' ESCAPE '|'
    AND at > now() - interval '30 days'
GROUP BY place, user_name
ON CONFLICT (kind, address, user_name) DO UPDATE SET signed_in_at = excluded.signed_in_at
"""
MOVE_BACK = """
INSERT INTO sign_in_guess (door, user_name, address, guesses, since)
SELECT substr(kind, 8), user_name, address, tries, began_at
FROM sign_in_count WHERE kind LIKE 'portal%'
"""


def upgrade() -> None:
    op.create_table(
        "call_count",
        sa.Column("key_id", sa.Uuid(), nullable=False),
        sa.Column("minute", sa.BigInteger(), nullable=False, comment="since 1970"),
        sa.Column("calls", sa.Integer(), nullable=False, comment="in this minute"),
        sa.Column("calls_before", sa.Integer(), nullable=False, comment="in the minute before"),
        sa.Column("granted", sa.Integer(), nullable=False, comment="by the last change of the row"),
        sa.ForeignKeyConstraint(["key_id"], ["api_key.id"], name=op.f("fk_call_count_key_id")),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_call_count")),
        prefixes=["UNLOGGED"],
        postgresql_with={"fillfactor": 10},
        comment="Calls of API keys, counted for all API processes together",
    )
    _replace_kinds(f"{KINDS}, 'portal_code', 'portal_link'")
    op.execute(MOVE_GUESSES)
    op.execute(MOVE_KNOWN_ADDRESSES)
    op.drop_table("sign_in_guess")
    op.alter_column(
        "patient_contact", "item", comment=CONTACT_ITEMS, existing_comment=FORMER_CONTACT_ITEMS
    )
    op.alter_column(
        "webhook",
        "ping_fault",
        new_column_name="last_fault",
        comment="why the last ping or message failed",
        existing_comment="why the last ping failed",
    )


def downgrade() -> None:
    op.execute("DELETE FROM patient_contact WHERE item LIKE 'together/%'")
    op.alter_column(
        "patient_contact", "item", comment=FORMER_CONTACT_ITEMS, existing_comment=CONTACT_ITEMS
    )
    op.alter_column(
        "webhook",
        "last_fault",
        new_column_name="ping_fault",
        comment="why the last ping failed",
        existing_comment="why the last ping or message failed",
    )
    op.create_table(
        "sign_in_guess",
        sa.Column("door", sa.Text(), nullable=False, comment="what was guessed, and where"),
        sa.Column("user_name", sa.Text(), nullable=False, comment="empty: of any user"),
        sa.Column("address", sa.Text(), nullable=False, comment="empty: from any address"),
        sa.Column("guesses", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("door", "user_name", "address", name=op.f("pk_sign_in_guess")),
        comment="Guesses of a password or code, counted before they are judged",
    )
    op.execute(MOVE_BACK)
    op.execute("DELETE FROM sign_in_count WHERE kind LIKE 'portal%'")
    _replace_kinds(KINDS)
    op.drop_table("call_count")


def _replace_kinds(kinds: str) -> None:
    op.drop_constraint(op.f("ck_sign_in_count_kind"), "sign_in_count")
    op.create_check_constraint(op.f("ck_sign_in_count_kind"), "sign_in_count", f"kind IN ({kinds})")
