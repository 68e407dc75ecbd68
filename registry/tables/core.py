"""The tables of registry and ledger. The patient's tables follow from `schemas/canonical.py`.

Part tables and `import_row` carry no foreign keys to `patient`: a created patient writes about
ten rows, each check would cost a look-up (docs/decisions/001-shape.md has the figures), and one
statement set writes them all in one transaction. The asset check `no_orphans` watches instead.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.enums import (
    ACCESS_ACTIONS,
    ATTEMPT_STATES,
    IMPORT_STATES,
    OUTCOMES,
    REVIEW_STATES,
    SEVERITIES,
)
from schemas.canonical import MATCHING_SYSTEMS, PARTS, SCALARS, Part

metadata = sa.MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_TYPES = {
    "text": sa.Text,
    "date": sa.Date,
    "smallint": sa.SmallInteger,
    "numeric": sa.Numeric,
    "boolean": sa.Boolean,
    "uuid": sa.Uuid,
}
_Time = sa.DateTime(timezone=True)
outcome = pg.ENUM(*OUTCOMES, name="outcome", metadata=metadata)
severity = pg.ENUM(*SEVERITIES, name="severity", metadata=metadata)


def _one_of(column: str, values: tuple[str, ...]) -> sa.CheckConstraint:
    quoted = ", ".join(f"'{value}'" for value in values)
    return sa.CheckConstraint(f"{column} IN ({quoted})", name=column)


def _version(comment: str) -> sa.Column[int]:
    """0 for what was written before revision 0008: its order is that of receipt."""
    return sa.Column(
        "registry_version", sa.BigInteger, nullable=False, server_default="0", comment=comment
    )


account = sa.Table(
    "account",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("time_zone", sa.Text, nullable=False),
    sa.Column("cadence", sa.Text, nullable=False),
    sa.Column("settings", pg.JSONB, nullable=False, server_default="{}"),
    sa.Column(
        "registry_version",
        sa.BigInteger,
        nullable=False,
        server_default="0",
        comment="counts what was written; a match made under an older version is made again",
    ),
    sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
    _one_of("cadence", ("nightly", "on_arrival")),
)


def _named_in_account(name: str) -> sa.Table:
    return sa.Table(
        name,
        metadata,
        sa.Column("id", sa.Uuid, primary_key=True),
        sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
        sa.UniqueConstraint("account_id", "name"),
    )


facility = _named_in_account("facility")
cohort = _named_in_account("cohort")

vocabulary = sa.Table(
    "vocabulary",
    metadata,
    sa.Column("account_id", sa.ForeignKey("account.id"), primary_key=True),
    sa.Column("field", sa.Text, primary_key=True, comment="department, client_group"),
    sa.Column("folded", sa.Text, primary_key=True),
    sa.Column("name", sa.Text, nullable=False, comment="the spelling first seen"),
    comment="Names that an account uses, created when new, matched without regard to case",
)

imports = sa.Table(
    "import",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("format", sa.Text, nullable=False),
    sa.Column("source", sa.Text, nullable=False),
    sa.Column("file_name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text, nullable=False),
    sa.Column("byte_count", sa.BigInteger, nullable=False),
    sa.Column("received_at", _Time, nullable=False),
    sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("default_facility_id", sa.ForeignKey("facility.id")),
    sa.Column("partition_key", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("reason", sa.Text),
    sa.Column("claims", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("drop_name", sa.Text, comment="its name in the drop folder while it stands there"),
    _one_of("state", IMPORT_STATES),
    _one_of("source", ("cli", "drop", "sftp", "api", "portal")),
    sa.Index(None, "account_id", "received_at"),
    sa.Index(
        "ix_import_unfinished",
        "account_id",
        postgresql_where=sa.text("state IN ('waiting', 'processing')"),
    ),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("import_id", sa.ForeignKey("import.id"), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("run_id", sa.Text, comment="the Dagster run that worked on it last"),
    sa.Column("started_at", _Time, nullable=False, server_default=sa.func.now()),
    sa.Column("finished_at", _Time),
    sa.Column("fault_code", sa.Text),
    sa.Column("reason", sa.Text),
    *(sa.Column(name, sa.Integer) for name in ("records", *OUTCOMES)),
    _version("the account's after this was applied"),
    _one_of("state", ATTEMPT_STATES),
)


def _of_attempt(*, primary_key: bool = True) -> tuple[sa.Column[object], sa.Column[object]]:
    return (
        sa.Column("import_id", sa.Uuid, primary_key=primary_key, nullable=False),
        sa.Column("attempt", sa.SmallInteger, primary_key=primary_key, nullable=False,
                  autoincrement=False),
    )  # fmt: skip


attempt_stage = sa.Table(
    "attempt_stage",
    metadata,
    *_of_attempt(),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("started_at", _Time, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    *(sa.Column(name, sa.Integer) for name in ("records", *OUTCOMES)),
)

import_row = sa.Table(
    "import_row",
    metadata,
    *_of_attempt(),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("outcome", outcome, nullable=False),
    sa.Column("patient_id", sa.Uuid),
    sa.Column("confirmed", sa.BigInteger, comment="bits of schemas.canonical.CONFIRMED_BITS"),
    sa.Column(
        "confirmed_items",
        sa.ARRAY(sa.Integer),
        comment="items of lists that the row brought and the patient had, as hashes",
    ),
    sa.Index(None, "patient_id", postgresql_where=sa.text("patient_id IS NOT NULL")),
)

row_issue = sa.Table(
    "row_issue",
    metadata,
    *_of_attempt(),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False, comment="0: the file"),
    sa.Column("ordinal", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", severity, nullable=False),
    sa.Column("column_name", sa.Text),
    sa.Column("message", sa.Text, nullable=False),
)

result_file = sa.Table(
    "result_file",
    metadata,
    *_of_attempt(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text),
    sa.UniqueConstraint("account_id", "name"),
    _one_of("kind", ("result", "failed_rows")),
)

patient = sa.Table(
    "patient",
    metadata,
    sa.Column("id", sa.Uuid, primary_key=True, comment="UUIDv7 of first import and line"),
    sa.Column("account_id", sa.Integer, nullable=False),
    sa.Column("name_key", sa.BigInteger, nullable=False, comment="blocking key, macro name_key"),
    *(sa.Column(s.name, _TYPES[s.type], nullable=not s.required, comment=s.fhir) for s in SCALARS),
    sa.Index(None, "account_id", "name_key"),
    # Pages of an account's patients; the primary key would walk past everybody else's.
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
    *_of_attempt(),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
    sa.Column("received_at", _Time, nullable=False),
    # json, not jsonb: it is written once for every created patient and rarely read, and jsonb
    # took twice as long to write (docs/decisions/001-shape.md).
    sa.Column("changes", pg.JSON, nullable=False, comment="address of fact: [old, new]"),
    _version("the account's after this was written: the order of changes"),
    # Changes by a person have attempt 0, and an id that no import has; rows of files cost nothing.
    sa.Index("ix_patient_change_by_person", "patient_id", postgresql_where=sa.text("attempt = 0")),
)

review = sa.Table(
    "review",
    metadata,
    sa.Column("patient_id", sa.Uuid, primary_key=True),
    sa.Column("other_patient_id", sa.Uuid, primary_key=True, comment="the older of the pair"),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("reason", sa.Text, nullable=False),
    *_of_attempt(primary_key=False),
    sa.Column("line", sa.Integer, nullable=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
    sa.Column("judged_at", _Time),
    sa.Column("judged_by", sa.Text),
    sa.Column("asked_by", sa.Uuid, comment="the merge that asks it in another pair's place"),
    sa.Column(
        "closed_by", sa.Uuid, comment="the merge that answers it, or asks another pair instead"
    ),
    *(
        sa.Index(
            f"ix_review_{kind}",
            "account_id",
            at,
            "patient_id",
            "other_patient_id",
            postgresql_where=sa.text(condition),
        )
        for kind, at, condition in (
            ("open", "created_at", "state = 'open'"),
            ("judged", "judged_at", "judged_at IS NOT NULL"),
        )
    ),
    # Whoever was merged into a patient; a review that is `same` says so until a split.
    sa.Index("ix_review_merged", "other_patient_id", postgresql_where=sa.text("state = 'same'")),
    _one_of("state", REVIEW_STATES),
)

sftp_user = sa.Table(
    "sftp_user",
    metadata,
    sa.Column("id", sa.Integer, sa.Identity(always=True), primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False, unique=True),
    sa.Column("password_hash", sa.Text, comment="argon2; none: public keys only"),
    sa.Column("disabled", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
)

sftp_key = sa.Table(
    "sftp_key",
    metadata,
    sa.Column("user_id", sa.ForeignKey("sftp_user.id"), primary_key=True),
    sa.Column("fingerprint", sa.Text, primary_key=True),
    sa.Column("public_key", sa.Text, nullable=False),
    sa.Column("created_at", _Time, nullable=False, server_default=sa.func.now()),
)

access_event = sa.Table(
    "access_event",
    metadata,
    sa.Column("id", sa.BigInteger, sa.Identity(always=True), primary_key=True),
    sa.Column("at", _Time, nullable=False, server_default=sa.func.now()),
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
    _one_of("door", ("sftp", "portal")),
    _one_of("action", ACCESS_ACTIONS),
    comment="Who came in, and what they did; only ever added to",
)
