"""What a file may be and what its import may take."""

from typing import Annotated

from pydantic import Field, StringConstraints, field_validator

from registry.settings.concern import GIB_BYTES, ConcernSettings, require_bucket


class ImportSettings(ConcernSettings):
    """Files and imports."""

    drop_quiet_seconds: float = Field(
        60.0,
        ge=0,
        description="How long a file in a plain drop folder, which others write to, must stand "
        "still before it is read. What comes through our own SFTP server needs no such time.",
    )
    drop_url: Annotated[str, StringConstraints(strip_whitespace=True)] = Field(
        "",
        description="A bucket that is a drop folder as well, such as a partner's own: "
        "`s3://bucket/prefix`, `gs://bucket/prefix` or `az://container/prefix`. Senders put files "
        "below `<account>/Pending Patient Imports/` there, and find results below `<account>/"
        "Patient Import Results/`. Empty: `drop/` in ROSTERLINE_STORE_URL, where that is a bucket.",
    )
    drop_url_seconds: float = Field(
        60.0,
        gt=0,
        description="Time between two looks into the bucket that is a drop folder. A look takes a "
        "LIST request, and one more for each account that has anything there.",
    )
    max_file_bytes: int = Field(
        GIB_BYTES, gt=0, description="Largest file that is taken in, in bytes."
    )
    max_archive_members: int = Field(
        100,
        gt=0,
        le=1000,
        description="How many files may be in a zip archive, those in archives within it included. "
        "Each that is a roster is imported by itself.",
    )
    disk_reserve_bytes: int = Field(
        GIB_BYTES // 2,
        ge=0,
        description="Room on the disk of the home folder that is kept free, in bytes. While less "
        "is free, no file is taken in and no import begins.",
    )
    account_quota_bytes: int | None = Field(
        None,
        gt=0,
        description="Most bytes of received files that are kept of one account that has no quota "
        "of its own: what waits, and the archive. SFTP, API and portal refuse more. Not "
        "set: no limit.",
    )
    duckdb_memory_limit: str = Field(
        "384MB",
        description="Memory that DuckDB may take for one import before it uses the disk. It "
        "decides what the process takes, whatever the file's size: this and some 500 MB, for the "
        "libraries and the rows that are on their way between DuckDB and PostgreSQL.",
    )
    duckdb_threads: int | None = Field(
        None,
        gt=0,
        description="Threads that DuckDB may use for an import of more than 1 MB. Not set: all "
        "cores.",
    )
    matching_memory_limit: str = Field(
        "1GB",
        description="Memory that DuckDB may take while an import's patients are held against the "
        "registry, before it uses the disk.",
    )
    keep_staging: bool = Field(
        default=False,
        description="Keep the DuckDB file of an import once the import is over. It takes some 17 "
        "times the size of the file; a further attempt and `python -m assets.trace` make it anew.",
    )
    debug: bool = Field(
        default=False,
        description="Let errors of a stage keep the values that caused them. For developers with "
        "synthetic data only: patients' values would reach the logs.",
    )

    @field_validator("drop_url")
    @classmethod
    def _drop_is_a_bucket(cls, url: str) -> str:
        return require_bucket(url)
