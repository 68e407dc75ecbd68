"""Where things are and how much they may take: one described setting each, from the environment."""

import re
import socket
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

from pydantic import Field, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ENV_PREFIX = "ROSTERLINE_"
GIB_BYTES = 1024**3
ZONES_OF_THE_UNITED_STATES = (
    "UTC",
    "America/Puerto_Rico",
    "America/New_York",
    "America/Chicago",
    "America/Denver",
    "America/Phoenix",
    "America/Los_Angeles",
    "America/Anchorage",
    "Pacific/Honolulu",
    "Pacific/Pago_Pago",
    "Pacific/Guam",
)
"""UTC, and the zones of the United States and their territories."""

# Not licences: each state's have a system of their own.
IDENTIFIER_ITEMS = ("external", "ssn", "ehr", "mbi", "internal")
SYSTEM = re.compile(r"(https?://|urn:)[^\s|,]+")


class Settings(BaseSettings):
    """All settings. Each is read from `ROSTERLINE_<NAME>`; none is needed to start.

    Reading them touches nothing: folders are made by whoever first writes to them.
    """

    model_config = SettingsConfigDict(env_prefix=ENV_PREFIX, frozen=True, validate_default=True)

    home: Path = Field(
        Path(".rosterline"),
        description="Folder that holds everything: database, received files, results, logs.",
    )
    database_url: str | None = Field(
        None,
        repr=False,  # it may carry a password
        description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/database. "
        "Not set: an embedded PostgreSQL is started under the home folder.",
    )
    dagster_database: str = Field(
        "dagster",
        min_length=1,
        max_length=63,  # PostgreSQL cuts longer names silently
        description="Name of Dagster's own database on the same server; made when missing.",
    )
    webserver_host: str = Field(
        "127.0.0.1", description="Address on which the Dagster webserver listens."
    )
    webserver_port: int = Field(
        3000, ge=1, le=65535, description="Port on which the Dagster webserver listens."
    )
    http_host: str = Field("127.0.0.1", description="Address on which portal and API listen.")
    http_port: int = Field(8080, ge=1, le=65535, description="Port on which portal and API listen.")
    public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Address under which callers reach the HTTP API, for the links it hands out. "
        "Not set: http://host:port of the two settings before.",
    )
    requests_per_minute: int = Field(
        1200, gt=0, description="Most requests that one API key may make in any minute."
    )
    session_idle_minutes: float = Field(
        30, gt=0, description="How long a user of the portal may do nothing and stay signed in."
    )
    session_hours: float = Field(
        12, gt=0, description="How long a user of the portal stays signed in at most."
    )
    dagster_public_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Address under which operators reach the Dagster UI, for the portal's links to "
        "runs. Not set: http://host:port of the Dagster webserver.",
    )
    webhook_private_targets: bool = Field(
        default=False,
        description="Let webhooks go to private and loopback addresses, and over plain http. For "
        "development, and for receivers in the same network.",
    )
    sftp_host: str = Field(
        "127.0.0.1",
        description="Address on which the SFTP server listens; 0.0.0.0 for customers to reach it.",
    )
    sftp_port: int = Field(
        2222, ge=1, le=65535, description="Port on which the SFTP server listens."
    )
    sftp_public_host: str | None = Field(
        None,
        description="Host name of the SFTP server as customers are told. Not set: this machine's.",
    )
    sftp_proxy_protocol: bool = Field(
        default=False,
        description="Expect the PROXY protocol (1 or 2) in front of each SFTP connection, as a "
        "load balancer sends it. Only set it where nobody but the balancer reaches the port.",
    )
    sftp_max_sessions: int = Field(
        50, gt=0, description="Most SFTP sessions of one account at a time."
    )
    sftp_max_strangers: int = Field(
        300,
        gt=0,
        description="Most SFTP connections at a time over which nobody signed in yet; one more is "
        "closed at once.",
    )
    sftp_idle_seconds: float = Field(
        600, gt=0, description="How long an SFTP session may do nothing before it is closed."
    )
    sftp_max_waiting_files: int = Field(
        1_000, gt=0, description="Most files of one account that may stand in its Pending folder."
    )
    sftp_max_waiting_bytes: int = Field(
        10 * GIB_BYTES,
        gt=0,
        description="Most bytes of one account that may stand in its Pending folder.",
    )
    sftp_max_failures: int = Field(
        10,
        gt=0,
        description="How many wrong passwords, from one address or for one user within "
        "`ROSTERLINE_SFTP_BAN_MINUTES`, lead to a ban.",
    )
    sftp_ban_minutes: float = Field(15, gt=0, description="How long a ban holds.")
    fhir_base_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="FHIR R4 endpoint that is asked for patients' documents (IHE MHD, ITI-67), as "
        "https://host/path. Not set: document queries are recorded as `not-configured`.",
    )
    fhir_token: str | None = Field(
        None, repr=False, description="Bearer token for the FHIR endpoint."
    )
    fhir_user: str | None = Field(
        None, description="User name for the FHIR endpoint, where it wants basic authentication."
    )
    fhir_password: str | None = Field(
        None, repr=False, description="Password that goes with `ROSTERLINE_FHIR_USER`."
    )
    fhir_identifier_systems: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="Identifiers that the FHIR endpoint knows patients by, as item=system, with "
        "commas between; items are `external` (the sender's id), `ssn`, `ehr`, `mbi`, `internal`. "
        "A patient who has one is asked for by it, all others by their demographics.",
    )
    fhir_requests_per_second: float = Field(
        10, gt=0, description="Most requests a second to the FHIR endpoint, of all runs together."
    )
    fhir_concurrency: int = Field(
        8, gt=0, description="Most requests to the FHIR endpoint that are under way at a time."
    )
    fhir_timeout_seconds: float = Field(
        30, gt=0, description="How long an answer of the FHIR endpoint is waited for."
    )
    openlineage: bool = Field(
        default=True,
        description="Keep OpenLineage events of each attempt below the home folder, and send them "
        "where `ROSTERLINE_OPENLINEAGE_URL` says; `off` makes none.",
    )
    openlineage_url: str | None = Field(
        None,
        pattern=r"^https?://[^\s/?#@]+(/[^\s?#]*)?$",
        description="Collector of OpenLineage events, as https://host; they are sent to its "
        "`/api/v1/lineage`, or to the path given here. Not set: they are only kept.",
    )
    openlineage_api_key: str | None = Field(
        None, repr=False, description="Bearer token for the collector of OpenLineage events."
    )
    openlineage_namespace: str = Field(
        "rosterline",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9._:/-]*$",
        description="Namespace of jobs and files in OpenLineage events; one per installation.",
    )
    drop_quiet_seconds: float = Field(
        5.0,
        ge=0,
        description="How long a file in a plain drop folder must stand still before it is read.",
    )
    nightly_zones: Annotated[tuple[str, ...], NoDecode] = Field(
        ZONES_OF_THE_UNITED_STATES,
        description="Time zones that have a nightly schedule, separated by commas. Files of "
        "accounts in other zones are taken up by the sensor within minutes after their midnight.",
    )
    max_file_bytes: int = Field(
        GIB_BYTES, gt=0, description="Largest file that is taken in, in bytes."
    )
    max_imports_per_run: int = Field(
        50, gt=0, description="Most imports that one Dagster run works through."
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
    debug: bool = Field(
        default=False,
        description="Let errors of a stage keep the values that caused them. For developers with "
        "synthetic data only: patients' values would reach the logs.",
    )

    @field_validator("nightly_zones", "fhir_identifier_systems", mode="before")
    @classmethod
    def _split(cls, listed: object) -> object:
        if not isinstance(listed, str):
            return listed
        return tuple(each.strip() for each in listed.split(",") if each.strip())

    @field_validator("nightly_zones")
    @classmethod
    def _known(cls, zones: tuple[str, ...]) -> tuple[str, ...]:
        # Who lists all zones there are opens the file of each; every command reads its settings.
        other = set(zones) - set(ZONES_OF_THE_UNITED_STATES)
        if other and (unknown := other - available_timezones()):
            raise ValueError(f"no such time zone: {', '.join(sorted(unknown))}")
        return tuple(dict.fromkeys(zones))

    @field_validator("fhir_identifier_systems")
    @classmethod
    def _systems(cls, listed: tuple[str, ...]) -> tuple[str, ...]:
        for each in listed:
            item, _, system = each.partition("=")
            if item not in IDENTIFIER_ITEMS or not SYSTEM.fullmatch(system):
                raise ValueError(
                    f"{each!r} is not item=system, with an item of {', '.join(IDENTIFIER_ITEMS)} "
                    "and an absolute URI"
                )
        return listed

    @field_validator("fhir_password")
    @classmethod
    def _one_way_in(cls, password: str | None, info: ValidationInfo) -> str | None:
        if (password is None) != (info.data.get("fhir_user") is None):
            raise ValueError("ROSTERLINE_FHIR_USER and this are set together or not at all")
        if password is not None and info.data.get("fhir_token") is not None:
            raise ValueError("set either this or ROSTERLINE_FHIR_TOKEN")
        return password

    @field_validator("home")
    @classmethod
    def _absolute(cls, home: Path) -> Path:
        # Background processes run in other folders than the command that starts them.
        return home.expanduser().resolve()

    @property
    def identifier_systems(self) -> dict[str, str]:
        """System by identifier item, of those that the FHIR endpoint knows."""
        pairs = (each.partition("=") for each in self.fhir_identifier_systems)
        return {item: system for item, _, system in pairs}

    @property
    def drop_dir(self) -> Path:
        """Folders that senders write to, one per account."""
        return self.home / "drop"

    @property
    def uploads_dir(self) -> Path:
        """Uploads that are not complete yet, one folder per account; no pipeline looks here."""
        return self.home / "uploads"

    @property
    def sftp_host_for_customers(self) -> str:
        """The host name that customers are told."""
        return self.sftp_public_host or socket.getfqdn()

    @property
    def sftp_dir(self) -> Path:
        """Host keys of the SFTP server."""
        return self.home / "sftp"

    @property
    def archive_dir(self) -> Path:
        """The bytes as received, kept until retention says otherwise."""
        return self.home / "archive"

    @property
    def staging_dir(self) -> Path:
        """One DuckDB file per import, open to engineers; can be made again."""
        return self.home / "staging"

    @property
    def results_dir(self) -> Path:
        """Result files; can be made again from ledger and archive."""
        return self.home / "results"

    @property
    def incoming_dir(self) -> Path:
        """What comes over HTTP, until it is whole."""
        return self.home / "incoming"

    @property
    def api_url(self) -> str:
        """Address under which callers reach the HTTP API, without a slash at its end."""
        own = f"http://{self.http_host}:{self.http_port}"
        return (self.public_url or own).rstrip("/")

    @property
    def run_url(self) -> str:
        """Address below which operators find a run by its id."""
        own = f"http://{self.webserver_host}:{self.webserver_port}"
        return f"{(self.dagster_public_url or own).rstrip('/')}/runs"

    @property
    def postgres_dir(self) -> Path:
        """Data folder of the embedded PostgreSQL."""
        return self.home / "postgres"

    @property
    def lineage_dir(self) -> Path:
        """OpenLineage events, a file a month."""
        return self.home / "lineage"

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

    def as_environment(self) -> dict[str, str]:
        """These settings as variables, so that a child process reads the very same ones."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {
            f"{ENV_PREFIX}{name.upper()}": ",".join(value)
            if isinstance(value, tuple)
            else str(value)
            for name, value in values.items()
            if value is not None
        }
