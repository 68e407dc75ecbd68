"""The table of the activity log: what people did over SFTP, in the portal and over the API."""

import sqlalchemy as sa

from registry.tables.enums import ACCESS_ACTIONS
from registry.tables.metadata import Time, metadata, one_of

access_event = sa.Table(
    "access_event",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("door", sa.Text, nullable=False),
    sa.Column("action", sa.Text, nullable=False),
    sa.Column("refused", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("account_id", sa.ForeignKey("account.id")),
    sa.Column("user_name", sa.Text),
    sa.Column("address", sa.Text),
    sa.Column("file_name", sa.Text),
    sa.Column("byte_count", sa.BigInteger),
    sa.Column("detail", sa.Text),
    sa.Index(None, "address", "at"),
    sa.Index(None, "user_name", "at"),
    sa.Index(None, "account_id", "at"),
    one_of("door", ("sftp", "portal", "api")),
    one_of("action", ACCESS_ACTIONS),
    comment="Who came in, and what they did; only ever added to",
)
