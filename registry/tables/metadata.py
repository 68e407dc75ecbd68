"""The metadata that every table is declared in, and the pieces that several tables share."""

import sqlalchemy as sa

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

Time = sa.DateTime(timezone=True)

BY_IMPORT = "RANGE (import_id)"
"""How tables are partitioned that grow with every row (registry/database/month_partitions.py)."""


def one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    """The column holds one of these words."""
    quoted = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({quoted})", name=column)


def count(name: str, kind: type[sa.Integer] = sa.Integer) -> sa.Column[int]:
    """A count that starts at 0."""
    return sa.Column(name, kind, nullable=False, server_default="0")


def registry_version(comment: str) -> sa.Column[int]:
    """The account's version that a row was written under.

    Rows that were written before revision 0008 have 0; their order is that of receipt.
    """
    return sa.Column(
        "registry_version", sa.BigInteger, nullable=False, server_default="0", comment=comment
    )


def of_attempt(*, primary_key: bool = True) -> tuple[sa.Column[object], sa.Column[object]]:
    """Columns that name the attempt that a row belongs to."""
    return (
        sa.Column("import_id", sa.Uuid, primary_key=primary_key, nullable=False),
        sa.Column("attempt", sa.SmallInteger, primary_key=primary_key, nullable=False,
                  autoincrement=False),
    )  # fmt: skip


applied_objects = sa.Table(
    "applied_objects",
    metadata,
    sa.Column("digest", sa.Text, primary_key=True, comment="of registry/tables/objects/*.sql"),
    comment="Which text of the live objects was applied last; one row",
)
