"""Where things are and how much they may take: one described setting each, from the environment.

Read by every command, so without a library for it: it would be an eighth of what a command takes
that only reads.
"""

import os
import re
import socket
from dataclasses import Field, dataclass, fields
from pathlib import Path
from typing import Any, Self
from zoneinfo import available_timezones

from registry.folders import Folders
from registry.setting import above, at_least, between, of_length, read, setting, shaped
from schemas.errors import NotAllowed

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

PORT = between(1, 65535)
WEB_ADDRESS = shaped(r"https?://[^\s/?#]+(/[^\s?#]*)?", "an address, as https://host/path")
OPEN_WEB_ADDRESS = shaped(
    r"https?://[^\s/?#@]+(/[^\s?#]*)?", "an address without a user, as https://host/path"
)


def _absolute(home: Path) -> Path:
    # Background processes run in other folders than the command that starts them.
    return home.expanduser().resolve()


def _known_zones(zones: tuple[str, ...]) -> tuple[str, ...]:
    # Who lists all zones there are opens the file of each; every command reads its settings.
    other = set(zones) - set(ZONES_OF_THE_UNITED_STATES)
    if other and (unknown := other - available_timezones()):
        raise ValueError(f"there is no such time zone: {', '.join(sorted(unknown))}")
    return tuple(dict.fromkeys(zones))


def _pairs(listed: tuple[str, ...]) -> tuple[str, ...]:
    for each in listed:
        item, _, system = each.partition("=")
        if item not in IDENTIFIER_ITEMS or not SYSTEM.fullmatch(system):
            raise ValueError(
                f"{each!r} is not item=system, with an item of {', '.join(IDENTIFIER_ITEMS)} "
                "and an absolute URI"
            )
    return listed


@dataclass(frozen=True, init=False)
class Settings(Folders):
    """All settings. Each is read from `ROSTERLINE_<NAME>`; none is needed to start.

    Reading them touches nothing: folders are made by whoever first writes to them.
    """

    home: Path = setting(
        Path(".rosterline"),
        "Folder that holds everything: database, received files, results, logs.",
        _absolute,
    )
    database_url: str | None = setting(
        None,
        "PostgreSQL 15 or newer, as postgresql://user:password@host:port/database. "
        "Not set: an embedded PostgreSQL is started under the home folder.",
        secret=True,
    )
    dagster_database: str = setting(
        "dagster",
        "Name of Dagster's own database on the same server; made when missing.",
        of_length(1, 63),
    )
    webserver_host: str = setting("127.0.0.1", "Address on which the Dagster webserver listens.")
    webserver_port: int = setting(3000, "Port on which the Dagster webserver listens.", PORT)
    http_host: str = setting("127.0.0.1", "Address on which portal and API listen.")
    http_port: int = setting(8080, "Port on which portal and API listen.", PORT)
    public_url: str | None = setting(
        None,
        "Address under which callers reach the HTTP API, for the links it hands out. "
        "Not set: http://host:port of the two settings before.",
        WEB_ADDRESS,
    )
    requests_per_minute: int = setting(
        1200, "Most requests that one API key may make in any minute.", above(0)
    )
    session_idle_minutes: float = setting(
        30, "How long a user of the portal may do nothing and stay signed in.", above(0)
    )
    session_hours: float = setting(
        12, "How long a user of the portal stays signed in at most.", above(0)
    )
    dagster_public_url: str | None = setting(
        None,
        "Address under which operators reach the Dagster UI, for the portal's links to "
        "runs. Not set: http://host:port of the Dagster webserver.",
        WEB_ADDRESS,
    )
    webhook_private_targets: bool = setting(
        False,
        "Let webhooks go to private and loopback addresses, and over plain http. For "
        "development, and for receivers in the same network.",
    )
    sftp_host: str = setting(
        "127.0.0.1", "Address on which the SFTP server listens; 0.0.0.0 for customers to reach it."
    )
    sftp_port: int = setting(2222, "Port on which the SFTP server listens.", PORT)
    sftp_public_host: str | None = setting(
        None, "Host name of the SFTP server as customers are told. Not set: this machine's."
    )
    sftp_proxy_protocol: bool = setting(
        False,
        "Expect the PROXY protocol (1 or 2) in front of each SFTP connection, as a "
        "load balancer sends it. Only set it where nobody but the balancer reaches the port.",
    )
    sftp_max_sessions: int = setting(50, "Most SFTP sessions of one account at a time.", above(0))
    sftp_max_strangers: int = setting(
        300,
        "Most SFTP connections at a time over which nobody signed in yet; one more is "
        "closed at once.",
        above(0),
    )
    sftp_idle_seconds: float = setting(
        600, "How long an SFTP session may do nothing before it is closed.", above(0)
    )
    sftp_max_waiting_files: int = setting(
        1000, "Most files of one account that may stand in its Pending folder.", above(0)
    )
    sftp_max_waiting_bytes: int = setting(
        10 * GIB_BYTES, "Most bytes of one account that may stand in its Pending folder.", above(0)
    )
    sftp_max_failures: int = setting(
        10,
        "How many wrong passwords, from one address or for one user within "
        "`ROSTERLINE_SFTP_BAN_MINUTES`, lead to a ban.",
        above(0),
    )
    sftp_ban_minutes: float = setting(15, "How long a ban holds.", above(0))
    fhir_base_url: str | None = setting(
        None,
        "FHIR R4 endpoint that is asked for patients' documents (IHE MHD, ITI-67), as "
        "https://host/path. Not set: document queries are recorded as `not-configured`.",
        OPEN_WEB_ADDRESS,
    )
    fhir_token: str | None = setting(None, "Bearer token for the FHIR endpoint.", secret=True)
    fhir_user: str | None = setting(
        None, "User name for the FHIR endpoint, where it wants basic authentication."
    )
    fhir_password: str | None = setting(
        None, "Password that goes with `ROSTERLINE_FHIR_USER`.", secret=True
    )
    fhir_identifier_systems: tuple[str, ...] = setting(
        (),
        "Identifiers that the FHIR endpoint knows patients by, as item=system, with "
        "commas between; items are `external` (the sender's id), `ssn`, `ehr`, `mbi`, `internal`. "
        "A patient who has one is asked for by it, all others by their demographics.",
        _pairs,
    )
    fhir_requests_per_second: float = setting(
        10, "Most requests a second to the FHIR endpoint, of all runs together.", above(0)
    )
    fhir_concurrency: int = setting(
        8, "Most requests to the FHIR endpoint that are under way at a time.", above(0)
    )
    fhir_timeout_seconds: float = setting(
        30, "How long an answer of the FHIR endpoint is waited for.", above(0)
    )
    openlineage: bool = setting(
        True,
        "Keep OpenLineage events of each attempt below the home folder, and send them "
        "where `ROSTERLINE_OPENLINEAGE_URL` says; `off` makes none.",
    )
    openlineage_url: str | None = setting(
        None,
        "Collector of OpenLineage events, as https://host; they are sent to its "
        "`/api/v1/lineage`, or to the path given here. Not set: they are only kept.",
        OPEN_WEB_ADDRESS,
    )
    openlineage_api_key: str | None = setting(
        None, "Bearer token for the collector of OpenLineage events.", secret=True
    )
    openlineage_namespace: str = setting(
        "rosterline",
        "Namespace of jobs and files in OpenLineage events; one per installation.",
        shaped(r"[A-Za-z0-9][A-Za-z0-9._:/-]*", "letters, digits and . _ : / -"),
    )
    drop_quiet_seconds: float = setting(
        5.0,
        "How long a file in a plain drop folder must stand still before it is read.",
        at_least(0),
    )
    nightly_zones: tuple[str, ...] = setting(
        ZONES_OF_THE_UNITED_STATES,
        "Time zones that have a nightly schedule, separated by commas. Files of "
        "accounts in other zones are taken up by the sensor within minutes after their midnight.",
        _known_zones,
    )
    max_file_bytes: int = setting(GIB_BYTES, "Largest file that is taken in, in bytes.", above(0))
    max_imports_per_run: int = setting(
        50, "Most imports that one Dagster run works through.", above(0)
    )
    duckdb_memory_limit: str = setting(
        "384MB", "Memory that DuckDB may take for one import before it uses the disk."
    )
    duckdb_threads: int | None = setting(
        None, "Threads that DuckDB may use for one import. Not set: all cores.", above(0)
    )
    debug: bool = setting(
        False,
        "Let errors of a stage keep the values that caused them. For developers with "
        "synthetic data only: patients' values would reach the logs.",
    )

    def __init__(self, **given: Any) -> None:  # noqa: ANN401 - a value of each setting's own type
        """Take what is given, then what the environment says, then the default.

        Raises:
            NotAllowed: something makes no sense; the message names each variable concerned.
        """
        faults = []
        for each in fields(self):
            value = given.pop(each.name, os.environ.get(variable(each), each.default))
            try:
                object.__setattr__(self, each.name, read(each, value))
            except ValueError as error:
                faults.append(f"{variable(each)}: {error}")
        if given:
            raise TypeError(f"there is no setting {', '.join(given)}")
        if faults := faults or self._contradictions():
            raise NotAllowed("; ".join(faults))

    def _contradictions(self) -> list[str]:
        if (self.fhir_password is None) != (self.fhir_user is None):
            return ["ROSTERLINE_FHIR_USER and ROSTERLINE_FHIR_PASSWORD: set both or neither"]
        if self.fhir_password is not None and self.fhir_token is not None:
            return ["ROSTERLINE_FHIR_PASSWORD: set either this or ROSTERLINE_FHIR_TOKEN"]
        return []

    def changed(self, **changes: Any) -> Self:  # noqa: ANN401 - as above
        """The same settings but for these."""
        return type(self)(
            **{each.name: getattr(self, each.name) for each in fields(self)} | changes
        )

    @property
    def identifier_systems(self) -> dict[str, str]:
        """System by identifier item, of those that the FHIR endpoint knows."""
        pairs = (each.partition("=") for each in self.fhir_identifier_systems)
        return {item: system for item, _, system in pairs}

    @property
    def sftp_host_for_customers(self) -> str:
        """The host name that customers are told."""
        return self.sftp_public_host or socket.getfqdn()

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

    def as_environment(self) -> dict[str, str]:
        """These settings as variables, so that a child process reads the very same ones."""
        values = {variable(each): getattr(self, each.name) for each in fields(self)}
        return {
            name: ",".join(value) if isinstance(value, tuple) else str(value)
            for name, value in values.items()
            if value is not None
        }


def variable(declared: Field[Any]) -> str:
    """The environment variable of a setting."""
    return f"{ENV_PREFIX}{declared.name.upper()}"
