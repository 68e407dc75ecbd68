"""The home folder, and the folders in it."""

from pathlib import Path

from pydantic import Field, field_validator

from registry.settings.concern import ConcernSettings


class HomeSettings(ConcernSettings):
    """The home folder.

    Reading the settings makes no folder: the first writer makes it.
    """

    home: Path = Field(
        Path(".rosterline"),
        description="Folder that holds everything: database, received files, results, logs.",
    )

    file_keys_folder: Path | None = Field(
        None,
        description="Folder with the private keys that open encrypted files, where runs and portal "
        "have it on each machine, such as a mounted secret. Not set: `file-keys` in the home.",
    )

    @field_validator("home", "file_keys_folder")
    @classmethod
    def _absolute_folder(cls, folder: Path | None) -> Path | None:
        # Background processes run in other folders than the command that starts them.
        return folder.expanduser().resolve() if folder else None

    @property
    def drop_dir(self) -> Path:
        """Folders that senders write to, one per account."""
        return self.home / "drop"

    @property
    def uploads_dir(self) -> Path:
        """Uploads that are not complete yet, one folder per account; no pipeline looks here."""
        return self.home / "uploads"

    @property
    def incoming_dir(self) -> Path:
        """What comes over HTTP, until it is whole."""
        return self.home / "incoming"

    @property
    def archive_dir(self) -> Path:
        """The bytes as received, kept until retention says otherwise."""
        return self.home / "archive"

    @property
    def staging_dir(self) -> Path:
        """One DuckDB file per import that is being processed; can be made again."""
        return self.home / "staging"

    @property
    def results_dir(self) -> Path:
        """Result files; can be made again from ledger and archive."""
        return self.home / "results"

    @property
    def copies_dir(self) -> Path:
        """Copies of what is in a bucket, where that is the store; can be fetched again."""
        return self.home / "copies"

    @property
    def old_months_dir(self) -> Path:
        """Rows of months that left the database, as pg_dump wrote them."""
        return self.home / "old-months"

    @property
    def postgres_dir(self) -> Path:
        """Data folder of the embedded PostgreSQL."""
        return self.home / "postgres"

    @property
    def sftp_dir(self) -> Path:
        """Host keys of the SFTP server."""
        return self.home / "sftp"

    @property
    def file_keys_dir(self) -> Path:
        """The private keys of accounts, for encrypted files."""
        return self.file_keys_folder or self.home / "file-keys"

    @property
    def lineage_dir(self) -> Path:
        """OpenLineage events, a file a month."""
        return self.home / "lineage"

    @property
    def models_dir(self) -> Path:
        """The models that accounts trained on their own registry (`matching` can be made again)."""
        return self.home / "models"

    @property
    def matching_dir(self) -> Path:
        """Matching columns of each account's patients, a DuckDB file each; can be made again."""
        return self.home / "matching"

    @property
    def dagster_dir(self) -> Path:
        """DAGSTER_HOME, and what Dagster writes."""
        return self.home / "dagster"

    @property
    def marts_dir(self) -> Path:
        """What dbt writes: its manifest, logs and compiled SQL; can be made again."""
        return self.home / "marts"

    @property
    def log_dir(self) -> Path:
        """Logs of the background processes."""
        return self.home / "logs"
