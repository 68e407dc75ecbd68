"""What a file may be and what its import may take."""

from pydantic import Field

from registry.settings.concern import GIB_BYTES, ConcernSettings


class ImportSettings(ConcernSettings):
    """Files and imports."""

    drop_quiet_seconds: float = Field(
        60.0,
        ge=0,
        description="How long a file in a plain drop folder, which others write to, must stand "
        "still before it is read. What comes through our own SFTP server needs no such time.",
    )
    max_file_bytes: int = Field(
        GIB_BYTES, gt=0, description="Largest file that is taken in, in bytes."
    )
    disk_reserve_bytes: int = Field(
        GIB_BYTES // 2,
        ge=0,
        description="Room on the disk of the home folder that is kept free, in bytes. While less "
        "is free, no file is taken in and no import begins.",
    )
    duckdb_memory_limit: str = Field(
        "384MB", description="Memory that DuckDB may take for one import before it uses the disk."
    )
    duckdb_threads: int | None = Field(
        None,
        gt=0,
        description="Threads that DuckDB may use for an import of more than 1 MB. Not set: all "
        "cores.",
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
