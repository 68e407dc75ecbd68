"""The tables of the ledger: imports, attempts, rows, issues and result files.

`import_row` carries no foreign key to `patient`, for the reason that `registry.tables.patients`
gives.
"""

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql as pg

from registry.tables.enums import (
    ATTEMPT_STATES,
    DROP_PLACES,
    HOLD_DECISIONS,
    IMPORT_STATES,
    OUTCOMES,
    SEVERITIES,
)
from registry.tables.metadata import (
    BY_IMPORT,
    Time,
    metadata,
    of_attempt,
    one_of,
    registry_version,
)

outcome = pg.ENUM(*OUTCOMES, name="outcome", metadata=metadata)

severity = pg.ENUM(*SEVERITIES, name="severity", metadata=metadata)

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
    sa.Column("received_at", Time, nullable=False),
    sa.Column(
        "ordered_at",
        Time,
        nullable=False,
        server_default=sa.func.now(),
        comment="the account's order of receipt: received_at, or later where a clock was wrong",
    ),
    sa.Column("dry_run", sa.Boolean, nullable=False, server_default=sa.false()),
    sa.Column("default_facility_id", sa.ForeignKey("facility.id")),
    sa.Column("partition_key", sa.Text, nullable=False, unique=True),
    sa.Column("state", sa.Text, nullable=False, server_default="waiting"),
    sa.Column("reason", sa.Text),
    sa.Column("claims", sa.SmallInteger, nullable=False, server_default="0"),
    sa.Column("drop_name", sa.Text, comment="its name in the drop folder while it stands there"),
    sa.Column(
        "drop_place",
        sa.Text,
        nullable=False,
        server_default="folder",
        comment="which Pending drop_name is in: a folder, that of SFTP on a store, or a bucket",
    ),
    sa.Column("drop_version", sa.Text, comment="the entity tag of its object in that bucket"),
    sa.Column("drop_modified_at", Time, comment="the time that an SFTP client gave its file"),
    sa.Column(
        "let_through_by", sa.Text, comment="who let its many identity changes through, this once"
    ),
    sa.Column(
        "parent_id", sa.ForeignKey("import.id"), comment="of the archive in which it is a member"
    ),
    sa.Column(
        "member", sa.Text, comment="its place in the received archive: 2/0 is in the third file"
    ),
    sa.Column("archive_pruned_at", Time, comment="when its archived file was removed, being old"),
    sa.Column("rows_archived_at", Time, comment="when its rows and issues were, being old"),
    sa.Column("history_archived_at", Time, comment="when its changes of patients were"),
    one_of("state", IMPORT_STATES),
    one_of("source", ("cli", "drop", "sftp", "api", "portal")),
    one_of("drop_place", DROP_PLACES),
    sa.Index(None, "account_id", "received_at"),
    sa.Index(None, "account_id", "ordered_at"),
    sa.Index(
        "ix_import_in_pending",
        "account_id",
        "drop_name",
        postgresql_where=sa.text("drop_name IS NOT NULL"),
    ),
    sa.Index(
        "uq_import_member",
        "parent_id",
        "member",
        unique=True,
        postgresql_where=sa.text("parent_id IS NOT NULL"),
    ),
    sa.Index(
        "ix_import_unfinished",
        "account_id",
        postgresql_where=sa.text("state IN ('waiting', 'processing')"),
    ),
    *(
        sa.Index(
            f"ix_import_{kind}_archived",
            "account_id",
            "id",
            postgresql_where=sa.text(f"{kind}_archived_at IS NOT NULL"),
        )
        for kind in ("rows", "history")
    ),
)

attempt = sa.Table(
    "attempt",
    metadata,
    sa.Column("import_id", sa.ForeignKey("import.id"), primary_key=True),
    sa.Column("number", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("state", sa.Text, nullable=False, server_default="open"),
    sa.Column("run_id", sa.Text, comment="the Dagster run that worked on it last"),
    sa.Column("started_at", Time, nullable=False, server_default=sa.func.now()),
    sa.Column("finished_at", Time),
    sa.Column("fault_code", sa.Text),
    sa.Column("reason", sa.Text),
    *(sa.Column(name, sa.Integer) for name in ("records", *OUTCOMES)),
    sa.Column(
        "missing",
        sa.Integer,
        comment="stored patients whom no row of a whole list named, if counted",
    ),
    sa.Column(
        "changed_identities",
        sa.Integer,
        comment="rows that share but an identifier; none before 0035",
    ),
    registry_version("the account's after this was applied"),
    # json, not jsonb: a header may hold a NUL character, which jsonb refuses.
    sa.Column("layout", pg.JSON, comment="rosters.layout.Layout; none before revision 0011"),
    one_of("state", ATTEMPT_STATES),
)

attempt_stage = sa.Table(
    "attempt_stage",
    metadata,
    *of_attempt(),
    sa.Column("stage", sa.Text, primary_key=True),
    sa.Column("started_at", Time, nullable=False),
    sa.Column("seconds", sa.Double, nullable=False),
    *(sa.Column(name, sa.Integer) for name in ("records", *OUTCOMES)),
)

file_hold = sa.Table(
    "file_hold",
    metadata,
    *of_attempt(),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("held_at", Time, nullable=False),
    sa.Column(
        "reason", sa.Text, nullable=False, comment="counts and shares; no value of a patient"
    ),
    sa.Column("decision", sa.Text, comment="none while it waits for a person"),
    sa.Column("decided_at", Time),
    sa.Column("decided_by", sa.Text),
    one_of("decision", HOLD_DECISIONS),
    comment="Files that were held because they were unlike the usual ones, and who decided what",
)

import_row = sa.Table(
    "import_row",
    metadata,
    *of_attempt(),
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
    postgresql_partition_by=BY_IMPORT,
)

row_issue = sa.Table(
    "row_issue",
    metadata,
    *of_attempt(),
    sa.Column("line", sa.Integer, primary_key=True, autoincrement=False, comment="0: the file"),
    sa.Column("ordinal", sa.SmallInteger, primary_key=True, autoincrement=False),
    sa.Column("code", sa.Text, nullable=False),
    sa.Column("severity", severity, nullable=False),
    sa.Column("column_name", sa.Text, comment="as the file spells it"),
    sa.Column("slot", sa.Text, comment="the column in its format; none for an unknown header"),
    sa.Column("message", sa.Text, nullable=False),
    postgresql_partition_by=BY_IMPORT,
)

result_file = sa.Table(
    "result_file",
    metadata,
    *of_attempt(),
    sa.Column("kind", sa.Text, primary_key=True),
    sa.Column("account_id", sa.ForeignKey("account.id"), nullable=False),
    sa.Column("name", sa.Text, nullable=False),
    sa.Column("sha256", sa.Text),
    sa.Column("byte_count", sa.BigInteger, comment="none before revision 0028"),
    sa.UniqueConstraint("account_id", "name"),
    one_of("kind", ("result", "failed_rows", "failed_workbook")),
)
