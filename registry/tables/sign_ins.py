"""The table that counts tries to sign in, which several server processes share."""

import sqlalchemy as sa

from registry.tables.enums import SIGN_IN_KINDS
from registry.tables.metadata import Time, metadata, one_of

sign_in_count = sa.Table(
    "sign_in_count",
    metadata,
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("address", sa.Text, primary_key=True, comment="empty: any; of IPv6 the /64"),
    sa.Column("user_name", sa.Text, primary_key=True, comment="as it was given; empty: any"),
    sa.Column("tries", sa.Integer, nullable=False, comment="that failed, or are being judged"),
    sa.Column("began_at", Time, nullable=False, comment="the first of these tries"),
    sa.Column("last_at", Time, nullable=False, comment="the last of these tries"),
    sa.Column("signed_in_at", Time, comment="when this user last came in from this address"),
    one_of("kind", SIGN_IN_KINDS),
    sa.Index(None, "last_at"),
    comment="Tries to sign in, counted before they are judged (registry/accounts/bans.py)",
)
