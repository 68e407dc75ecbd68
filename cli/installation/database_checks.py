"""Checks of the database: version, tables, row-level security, accounts, imports."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import psycopg
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg import Connection

from cli.installation.check import Check
from cli.installation.machine_checks import is_time_zone
from registry.accounts.accounts import list_accounts
from registry.database.connections import connect, engine
from registry.database.embedded_server import find_postmaster
from registry.database.row_level_security import ROLE, as_account
from registry.ledger.imports import list_imports
from registry.ledger.night_report import read_troubles
from registry.migrations import alembic_config
from registry.settings import Settings
from schemas.errors import RosterlineError

OLDEST_POSTGRESQL = 15
NO_ACCOUNT = 0
CLOCK_TOLERANCE = timedelta(minutes=1)
_READ_CLOCKS = (
    "SELECT clock_timestamp(), max(received_at),"
    " (array_agg(partition_key ORDER BY received_at DESC))[1] FROM import"
)
SHOWN_STUCK = 6
_COUNT_ROWS = (
    "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM import)"
    " + (SELECT count(*) FROM bulk_request) + (SELECT count(*) FROM patient)"
)


def check_database(settings: Settings) -> Iterator[Check]:
    """All checks of the database; only the first one if it cannot be reached."""
    did_not_run = settings.database_url is None and find_postmaster(settings) is None
    try:
        connection = connect(settings)
    except RosterlineError as error:
        yield Check("database", "fail", "cannot be reached", str(error))
        return
    if did_not_run:
        todo = f"`rosterline up` starts all; if nobody stopped it, see {settings.postgres_dir}/log"
        yield Check("postgresql", "warn", "did not run; this check started it", todo)
    with connection:
        yield from _check_reached(settings, connection)


def _check_reached(settings: Settings, connection: Connection) -> Iterator[Check]:
    kind = "external" if settings.database_url else "embedded"
    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRESQL:
        todo = f"use PostgreSQL {OLDEST_POSTGRESQL} or newer"
        yield Check("database", "fail", f"{kind} PostgreSQL {version}", todo)
        return
    yield Check("database", "ok", f"{kind} PostgreSQL {version}")
    tables = _check_tables(settings)
    yield tables
    if tables.level == "ok":
        yield _check_row_level_security(connection)
        yield _check_account_zones(connection)
        yield check_clock(connection, datetime.now(UTC))
        yield _check_unfinished(connection)


def _check_tables(settings: Settings) -> Check:
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


def _check_row_level_security(connection: Connection) -> Check:
    """Whether API and portal may use their role, and see nothing without an account."""
    try:
        with as_account(connection, NO_ACCOUNT):
            row = connection.execute(_COUNT_ROWS).fetchone()
    except psycopg.Error as error:
        todo = (
            f"an administrator of PostgreSQL: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO the user "
            "of ROSTERLINE_DATABASE_URL; if a backup was restored without its rights, restore it "
            "again once the role exists"
        )
        return Check("row-level security", "fail", f"role {ROLE}: {type(error).__name__}", todo)
    if row != (0,):
        todo = (
            "restore the row-level security policies of the tables from a backup; keep the HTTP "
            "API down until then"
        )
        return Check("row-level security", "fail", f"role {ROLE} sees rows of every account", todo)
    return Check("row-level security", "ok", f"role {ROLE} sees one account at a time")


def _check_account_zones(connection: Connection) -> Check:
    accounts = list_accounts(connection)
    unknown = [each.name for each in accounts if not is_time_zone(each.time_zone)]
    if unknown:
        found = f"unknown time zone of account {', '.join(unknown)}"
        return Check("accounts", "fail", found, "update the package tzdata")
    return Check("accounts", "ok", f"{len(accounts)}, all with a known time zone")


def check_clock(connection: Connection, now: datetime) -> Check:
    """Whether this machine, PostgreSQL and the ledger's newest import agree what time it is."""
    reference, newest, key = connection.execute(_READ_CLOCKS).fetchall()[0]
    apart = abs(now - reference)
    if apart > CLOCK_TOLERANCE:
        found = f"this machine and PostgreSQL are {_rounded(apart)} apart"
        todo = "set both clocks by NTP; files get wrong dates, though their order stays right"
        return Check("clock", "warn", found, todo)
    if newest is not None and newest - reference > CLOCK_TOLERANCE:
        found = f"import {key} is dated {_rounded(newest - reference)} ahead of PostgreSQL's clock"
        todo = (
            "a clock was wrong when it came; files that come now are ordered after it all the "
            "same. If it waits for its night, `rosterline process-pending` imports it now"
        )
        return Check("clock", "warn", found, todo)
    return Check("clock", "ok", "this machine, PostgreSQL and the ledger agree")


def _rounded(time: timedelta) -> str:
    return str(timedelta(seconds=round(time.total_seconds())))


def _check_unfinished(connection: Connection) -> Check:
    waiting, processing = (
        len(list_imports(connection, states=(state,))) for state in ("waiting", "processing")
    )
    if not waiting and not processing:
        return Check("imports", "ok", "all are over")
    found = f"{waiting} waiting, {processing} being processed"
    stuck = [each for each in read_troubles(connection) if each.state == "processing"]
    if stuck:
        named = ", ".join(each.key[-10:] for each in stuck[:SHOWN_STUCK])
        todo = (
            f"`rosterline night` says more of each; mend what it says, or end one with "
            f"`rosterline give-up {stuck[0].key[-10:]}`"
        )
        return Check("imports", "warn", f"{found}; {len(stuck)} stuck: {named}", todo)
    todo = "`rosterline process-pending` imports now what waits, and resumes what was cut off"
    return Check("imports", "warn", found, todo)
