"""Pending of SFTP on a store, buckets as drop folders, and the sizes of result files."""

from collections.abc import Sequence

import sqlalchemy as sa
from alembic import op

revision: str = "0028"
down_revision: str | None = "0027"
branch_labels: str | Sequence[str] | None = None
depends_on: str | Sequence[str] | None = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column(
        "import",
        sa.Column(
            "drop_place",
            sa.Text(),
            server_default="folder",
            nullable=False,
            comment="which Pending drop_name is in: a folder, that of SFTP on a store, or a bucket",
        ),
    )
    op.add_column(
        "import",
        sa.Column("drop_version", sa.Text(), comment="the entity tag of its object in that bucket"),
    )
    op.add_column(
        "import",
        sa.Column("drop_modified_at", TIME, comment="the time that an SFTP client gave its file"),
    )
    op.create_check_constraint(
        op.f("ck_import_drop_place"), "import", "drop_place IN ('folder', 'store', 'bucket')"
    )
    op.add_column(
        "result_file", sa.Column("byte_count", sa.BigInteger(), comment="none before revision 0028")
    )
    op.create_table(
        "sftp_upload",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column(
            "is_part", sa.Boolean(), nullable=False, comment="it broke off, and goes in a day"
        ),
        sa.Column("key", sa.Text(), nullable=False, comment="of its bytes in the store"),
        sa.Column("sha256", sa.Text(), nullable=False),
        sa.Column("byte_count", sa.BigInteger(), nullable=False),
        sa.Column("modified_at", TIME, nullable=False, comment="as its sender says"),
        sa.Column("kept_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["account.id"], name=op.f("fk_sftp_upload_account_id")
        ),
        sa.PrimaryKeyConstraint("account_id", "name", "is_part", name=op.f("pk_sftp_upload")),
        sa.UniqueConstraint("key", name=op.f("uq_sftp_upload_key")),
        comment="Files in Pending of SFTP on a store that are no imports: temporary names, "
        "and parts",
    )


def downgrade() -> None:
    op.drop_table("sftp_upload")
    op.drop_column("result_file", "byte_count")
    op.drop_constraint(op.f("ck_import_drop_place"), "import")
    for column in ("drop_modified_at", "drop_version", "drop_place"):
        op.drop_column("import", column)
