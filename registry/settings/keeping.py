"""How long things are kept: `rosterline prune`, and the nightly job, remove what is older."""

from typing import Literal

from pydantic import Field, ValidationInfo, field_validator

from registry.settings.concern import ConcernSettings

Days = float | None


class KeepingSettings(ConcernSettings):
    """Keeping and pruning. `rosterline prune`, and the job of this name at night, go by these."""

    keep_archive_days: Days = Field(
        None,
        gt=0,
        description="Days for which a received file is kept in the archive once its import is "
        "over. Afterwards the import cannot be run again, and a lost result cannot be made again. "
        "Not set: for ever.",
    )
    keep_results_days: Days = Field(
        None,
        gt=0,
        description="Days for which result files are kept in the results folder; while the archive "
        "has the file, `rosterline result` makes one again. Not set: for ever.",
    )
    keep_staging_days: float = Field(
        7,
        gt=0,
        description="Days for which a DuckDB file is kept that an import left over, or that "
        "`ROSTERLINE_KEEP_STAGING` kept.",
    )
    keep_partitions_days: float = Field(
        14,
        gt=0,
        description="Days after the last attempt for which an import has its partition in Dagster. "
        "The ledger keeps the import; `rosterline backfill` gives it its partition back.",
    )
    keep_runs_days: float = Field(
        30,
        gt=0,
        description="Days for which Dagster keeps a run that is over, with its events and its "
        "logs; at least `ROSTERLINE_KEEP_PARTITIONS_DAYS`.",
    )
    keep_webhooks_days: float = Field(
        90,
        gt=0,
        description="Days for which it is kept which webhooks were delivered, of what operators "
        "were told, and which document queries were not sent for want of an endpoint.",
    )
    keep_sessions_days: float = Field(
        30, gt=0, description="Days for which a session of the portal is kept once it is over."
    )
    keep_activity_days: float = Field(
        6 * 365 + 2,
        gt=0,
        description="Days for which the activity log is kept. The default is the six years for "
        "which HIPAA wants such records (45 CFR 164.316).",
    )
    keep_rows_days: Days = Field(
        None,
        gt=0,
        description="Days for which the rows and issues of an import are kept in the database; "
        "then they leave it, by whole months. Afterwards the import can be neither undone nor run "
        "again, and a lost result cannot be made again. Not set: for ever.",
    )
    keep_history_days: Days = Field(
        None,
        gt=0,
        description="Days for which changes of patients are kept in the database, at least "
        "`ROSTERLINE_KEEP_ROWS_DAYS`; then they leave it, by whole months. Afterwards a value of "
        "that time does not say which file brought it, and imports that changed patients of that "
        "time cannot be undone. Not set: for ever.",
    )
    old_months: Literal["file", "drop"] = Field(
        "file",
        description="What becomes of months that leave the database: `file` writes them with "
        "pg_dump to the folder `old-months` of the home, `drop` forgets them.",
    )
    keep_logs_days: float = Field(
        30, gt=0, description="Days for which a rotated log of a service is kept."
    )

    @field_validator("keep_runs_days")
    @classmethod
    def _longer_than_partitions(cls, days: float, info: ValidationInfo) -> float:
        # A partition whose run is gone would look as if it had never been materialised.
        if days < info.data.get("keep_partitions_days", 0):
            raise ValueError("must not be shorter than ROSTERLINE_KEEP_PARTITIONS_DAYS")
        return days

    @field_validator("keep_history_days")
    @classmethod
    def _not_shorter_than_rows(cls, days: Days, info: ValidationInfo) -> Days:
        # An undo of rows that are there needs the history of their patients.
        rows = info.data.get("keep_rows_days")
        if days is not None and (rows is None or days < rows):
            raise ValueError("must not be shorter than ROSTERLINE_KEEP_ROWS_DAYS")
        return days

    @field_validator("keep_results_days")
    @classmethod
    def _not_longer_than_archive(cls, days: Days, info: ValidationInfo) -> Days:
        # What a result is made from must be there for as long as the result is promised.
        archive = info.data.get("keep_archive_days")
        if archive is not None and (days is None or days > archive):
            raise ValueError("must not be longer than ROSTERLINE_KEEP_ARCHIVE_DAYS")
        return days
