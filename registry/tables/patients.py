"""The tables of patients; they follow from `schemas/canonical.py`.

Part tables carry no foreign keys to `patient`: a created patient writes about ten rows, each check
would cost a look-up (docs/decisions/001-shape.md has the figures), and one set of statements writes
them all in one transaction. The asset check `no_orphans` watches instead.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.metadata import BY_IMPORT, Time, metadata, of_attempt, registry_version
from schemas.canonical import MATCHING_SYSTEMS, PARTS, SCALARS, Part

_TYPES = {
    "text": sa.Text,
    "date": sa.Date,
    "smallint": sa.SmallInteger,
    "numeric": sa.Numeric,
    "boolean": sa.Boolean,
    "uuid": sa.Uuid,
}

patient = sa.Table(
    "patient",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7 of first import and line"),
    sa.Column("account_id", sa.Integer, nullable=False),
    sa.Column("name_key", sa.BigInteger, nullable=False, comment="blocking key, macro name_key"),
    *(sa.Column(s.name, _TYPES[s.type], nullable=not s.required, comment=s.fhir) for s in SCALARS),
    sa.Column("told", sa.Uuid, comment="digest of a row that would change nothing, or none"),
    # Who is born on a day and has these names, and who is born on a day.
    sa.Index(None, "account_id", "birth_date", "name_key"),
    # For pages of an account's patients; the primary key would walk past those of all others.
    sa.Index(None, "account_id", "id"),
)


def _part_table(part: Part) -> sa.Table:
    return sa.Table(
        part.table,
        metadata,
        sa.Column("patient_id", sa.Uuid, primary_key=True),
        sa.Column("item", sa.Text, primary_key=True, comment=part.items.replace("`", "")),
        *(sa.Column(name, _TYPES[kind]) for name, kind in part.attributes.items()),
        sa.Column("sequence", sa.BigInteger, sa.Identity(), nullable=False),
        comment=part.fhir,
    )


parts = {part.name: _part_table(part) for part in PARTS}

_identifier = parts["identifier"]

_identifier.append_column(sa.Column("account_id", sa.Integer, nullable=False))

external_identifier = sa.Index(
    "ix_patient_identifier_external",
    _identifier.c.account_id,
    _identifier.c.value,
    postgresql_where=_identifier.c.item == "external",
)

matching_identifier = sa.Index(
    "uq_patient_identifier_matching",
    _identifier.c.account_id,
    _identifier.c.item,
    _identifier.c.value,
    unique=True,
    postgresql_where=_identifier.c.item.in_(MATCHING_SYSTEMS),
)

patient_change = sa.Table(
    "patient_change",
    metadata,
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    *of_attempt(),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("received_at", Time, nullable=False),
    # json, not jsonb: it is written once for every created patient and rarely read, and jsonb
    # took twice as long to write (docs/decisions/001-shape.md).
    sa.Column("changes", pg.JSON, nullable=False, comment="address of fact: [old, new]"),
    registry_version("the account's after this was written: the order of changes"),
    # Changes by a person have attempt 0, and an id that no import has. The index is partial, so
    # that rows of files cost nothing.
    sa.Index("ix_patient_change_by_person", "patient_id", postgresql_where=sa.text("attempt = 0")),
    sa.Index("ix_patient_change_of_person", "import_id", postgresql_where=sa.text("attempt = 0")),
    postgresql_partition_by=BY_IMPORT,
)

change_set = sa.Table(
    "change_set",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("registry_version", sa.BigInteger, primary_key=True, autoincrement=False),
    sa.Column("id", sa.Uuid, nullable=False, comment="the import, or a person's change"),
    sa.Column("attempt", sa.SmallInteger, nullable=False, comment="0: a person's change"),
    sa.Column("searched_at", Time, comment="when its patients were held against the registry"),
    sa.Index(
        "ix_change_set_not_searched",
        "account_id",
        "registry_version",
        postgresql_where=sa.text("attempt > 0 AND searched_at IS NULL"),
    ),
    comment="What wrote each version of an account's registry, since revision 0016",
)

refused_value = sa.Table(
    "refused_value",
    metadata,
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    *of_attempt(),
    sa.Column("refused", pg.JSON, nullable=False, comment="address of fact: value"),
    comment="values that an attempt brought and a newer file kept out; only those that differ",
    postgresql_partition_by=BY_IMPORT,
)
