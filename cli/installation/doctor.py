"""Whether this installation can work: one check a line, each with what to do about it."""

import asyncio
import shutil
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

import psycopg
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import Connection
from rich.table import Table

from cli import output
from cli.installation import listening, services
from registry.accounts.accounts import list_accounts
from registry.database.connections import connect, engine
from registry.database.row_level_security import ROLE, as_account
from registry.ledger.imports import list_imports
from registry.migrations import alembic_config
from registry.settings import Settings
from registry.settings.concern import GIB_BYTES
from schemas.errors import RosterlineError, ServiceUnavailable

Level = Literal["ok", "warn", "fail"]

OLDEST_PYTHON = (3, 11)
OLDEST_POSTGRESQL = 15
LITTLE_DISK_BYTES = 5 * GIB_BYTES
NO_DISK_BYTES = GIB_BYTES // 2
SAMPLE_ZONE = "America/New_York"
NO_ACCOUNT = 0
MISSED = {
    listening.SFTP: "nobody can send by SFTP",
    listening.API: "the portal and the HTTP API are down",
    listening.DAEMON: "nothing is imported by itself",
    listening.WEBSERVER: "there is no Dagster UI",
    listening.MARTS: "the marts are not built, and the Dagster UI says that it cannot load them",
}
"""What does not work while a service is not there; nothing starts one again by itself."""


@dataclass(frozen=True)
class Check:
    """One thing that was looked at; `todo` says what to do unless it is ok."""

    name: str
    level: Level
    found: str
    todo: str = ""

    def as_json(self) -> dict[str, str]:
        """For scripts."""
        return asdict(self)


def examine(settings: Settings) -> list[Check]:
    """Look at everything, whatever fails on the way."""
    checks = [_python(), _time_zones(), _folders(settings)]
    checks.append(judge_disk(shutil.disk_usage(_existing(settings.home)).free))
    try:
        connection = connect(settings)
    except RosterlineError as error:
        checks.append(Check("database", "fail", "cannot be reached", str(error)))
    else:
        with connection:
            checks += _database(settings, connection)
    return [*checks, _documents(settings), *_services(settings)]


def report(checks: list[Check]) -> Table:
    """The checks as a table."""
    rows = [
        (
            output.word(check.level),
            check.name,
            f"{check.found}\n→ {check.todo}" if check.todo else check.found,
        )
        for check in checks
    ]
    return output.table(("", "check", "found"), rows)


def _python() -> Check:
    found = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "fail", found, "install Python 3.11 or newer")
    return Check("python", "ok", found)


def _time_zones() -> Check:
    try:
        ZoneInfo(SAMPLE_ZONE)
    except ZoneInfoNotFoundError:
        todo = "install the package tzdata, of the system or from PyPI"
        return Check("time zones", "fail", "no time zone data", todo)
    return Check("time zones", "ok", "known")


def _folders(settings: Settings) -> Check:
    folders = (
        settings.home,
        settings.drop_dir,
        settings.archive_dir,
        settings.staging_dir,
        settings.results_dir,
        settings.log_dir,
    )
    closed = [str(folder) for folder in folders if not _is_writable(folder)]
    if closed:
        todo = "give this user the right to write there, or set ROSTERLINE_HOME"
        return Check("folders", "fail", f"cannot write to {', '.join(closed)}", todo)
    return Check("folders", "ok", f"can write under {settings.home}")


def _is_writable(folder: Path) -> bool:
    """Try it, in the nearest folder that is there: rights and read-only disks show only so."""
    there = _existing(folder)
    try:
        with tempfile.TemporaryFile(dir=there):
            return True
    except OSError:
        return False


def _existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())


def judge_disk(free: int) -> Check:
    """Whether so many free bytes are enough."""
    found = f"{free / GIB_BYTES:.1f} GiB free"
    todo = "make room: received files, staging and results are kept under the home folder"
    if free < NO_DISK_BYTES:
        return Check("disk", "fail", found, todo)
    if free < LITTLE_DISK_BYTES:
        return Check("disk", "warn", found, todo)
    return Check("disk", "ok", found)


def _database(settings: Settings, connection: Connection) -> Iterator[Check]:
    kind = "external" if settings.database_url else "embedded"
    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRESQL:
        todo = f"use PostgreSQL {OLDEST_POSTGRESQL} or newer"
        yield Check("database", "fail", f"{kind} PostgreSQL {version}", todo)
        return
    yield Check("database", "ok", f"{kind} PostgreSQL {version}")
    tables = _tables(settings)
    yield tables
    if tables.level == "ok":
        yield _walls(connection)
        yield _account_zones(connection)
        yield _unfinished(connection)


def _tables(settings: Settings) -> Check:
    database = engine(settings)
    try:
        with database.connect() as connection:
            newest = ScriptDirectory.from_config(alembic_config(connection)).get_current_head()
            present = MigrationContext.configure(connection).get_current_revision()
    finally:
        database.dispose()
    if present == newest:
        return Check("tables", "ok", f"at revision {newest}")
    found = f"at revision {present}, this version needs {newest}" if present else "none yet"
    return Check("tables", "fail", found, "`rosterline up` brings them up to date")


def _account_zones(connection: Connection) -> Check:
    unknown = [each.name for each in list_accounts(connection) if not _is_zone(each.time_zone)]
    if unknown:
        found = f"unknown time zone of account {', '.join(unknown)}"
        return Check("accounts", "fail", found, "update the package tzdata")
    return Check("accounts", "ok", f"{len(list_accounts(connection))}, all with a known time zone")


def _is_zone(name: str) -> bool:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _unfinished(connection: Connection) -> Check:
    waiting, processing = (
        len(list_imports(connection, states=(state,))) for state in ("waiting", "processing")
    )
    if not waiting and not processing:
        return Check("imports", "ok", "all are over")
    found = f"{waiting} waiting, {processing} being processed"
    todo = "`rosterline process-pending` imports now what waits and goes on with what was cut off"
    return Check("imports", "warn", found, todo)


def _documents(settings: Settings) -> Check:
    url = settings.fhir_base_url
    if url is None:
        said = "no FHIR endpoint; document queries are recorded as not-configured"
        return Check("documents", "ok", said)
    # Its libraries take half a second to load.
    from assets.document_queries.endpoint import fault_of  # noqa: PLC0415

    fault = asyncio.run(fault_of(settings))
    if fault is not None:
        todo = "check ROSTERLINE_FHIR_BASE_URL and the way there; queries wait meanwhile"
        return Check("documents", "warn", f"{url}: {fault}", todo)
    if url.startswith("http:"):
        todo = "use https, unless the way there is private: patients' data travel on it"
        return Check("documents", "warn", f"{url} speaks FHIR R4, in clear text", todo)
    return Check("documents", "ok", f"{url} speaks FHIR R4")


def _walls(connection: Connection) -> Check:
    """Whether the HTTP API may work under its role, and is shown nothing without an account."""
    try:
        with as_account(connection, NO_ACCOUNT):
            row = connection.execute(
                "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM import)"
                " + (SELECT count(*) FROM bulk_request) + (SELECT count(*) FROM patient)"
            ).fetchone()
    except psycopg.Error as error:
        todo = (
            f"an administrator of PostgreSQL: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO the user "
            "of ROSTERLINE_DATABASE_URL; after restoring a backup without its rights, restore it "
            "again once the role is there"
        )
        return Check("walls", "fail", f"role {ROLE}: {type(error).__name__}", todo)
    if row != (0,):
        todo = "restore the policies of the tables from a backup; keep the HTTP API down until then"
        return Check("walls", "fail", f"role {ROLE} sees rows of every account", todo)
    return Check("walls", "ok", f"role {ROLE} sees one account at a time")


def _services(settings: Settings) -> Iterator[Check]:
    for each in services.status(settings):
        where = f", {each.address}" if each.address else ""
        if not each.running:
            yield _absent(settings, each)
        elif listening.answers(settings, each.name):
            yield Check(each.name, "ok", f"runs as process {each.pid}{where}")
        else:
            todo = f"`rosterline down` and `rosterline up`; its log is {each.log_file}"
            found = f"runs as process {each.pid}, but does not answer{where}"
            yield Check(each.name, "fail", found, todo)


def _absent(settings: Settings, service: services.ServiceStatus) -> Check:
    try:
        listening.refuse_taken_port(settings, service.name)
    except ServiceUnavailable as error:
        return Check(service.name, "fail", "does not run, and its port is taken", str(error))
    if service.ended:
        todo = f"`rosterline up` starts it again; the end of {service.log_file} may say why"
        return Check(service.name, "fail", f"ended by itself: {MISSED[service.name]}", todo)
    todo = f"`rosterline up` starts it; its log is {service.log_file}"
    return Check(service.name, "warn", "does not run", todo)
