"""Checks of the database: version, tables, row-level security, accounts, imports."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import UTC, datetime, timedelta

import psycopg
from psycopg import Connection

from cli.installation.channel_checks import check_channels
from cli.installation.check import Check
from cli.installation.dagster_checks import check_dagster
from cli.installation.login_checks import check_logins
from cli.installation.machine_checks import is_time_zone
from registry.accounts.accounts import Account, list_accounts
from registry.database.connections import (
    connect,
    connect_as_gateway,
    connect_as_owner,
    connect_directly,
    through_pooler,
)
from registry.database.embedded_server import find_postmaster
from registry.database.held_locks import held, hold
from registry.database.month_partitions import list_partitions, start_of_month
from registry.database.revision import (
    known_revisions,
    needed_revision,
    newer_tables,
    present_revision,
)
from registry.database.row_level_security import ROLE, as_account
from registry.ids import first_id_at
from registry.landing.drop_folder import PENDING, account_folder
from registry.landing.left_files import count_left
from registry.landing.zones_in_use import zones_in_use
from registry.ledger.imports import list_imports
from registry.ledger.night_report import read_troubles
from registry.ledger.states import HELD
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
_SAME_DATABASE = "rosterline doctor"
_COUNT_ROWS = (
    "SELECT (SELECT count(*) FROM account) + (SELECT count(*) FROM import)"
    " + (SELECT count(*) FROM bulk_request) + (SELECT count(*) FROM patient)"
)


def check_database(settings: Settings) -> Iterator[Check]:
    """All checks of the database; only the first one if it cannot be reached."""
    did_not_run = settings.is_embedded and find_postmaster(settings) is None
    try:
        connection = connect_as_owner(settings)
    except RosterlineError as error:
        yield Check("database", "fail", "cannot be reached", str(error))
        return
    if did_not_run:
        todo = f"`rosterline up` starts all; if nobody stopped it, see {settings.postgres_dir}/log"
        yield Check("postgresql", "warn", "did not run; this check started it", todo)
    with connection:
        yield from _check_reached(settings, connection)


def _check_reached(settings: Settings, connection: Connection) -> Iterator[Check]:
    kind = "embedded" if settings.is_embedded else "external"
    version = connection.info.server_version // 10_000
    if version < OLDEST_POSTGRESQL:
        todo = f"use PostgreSQL {OLDEST_POSTGRESQL} or newer"
        yield Check("database", "fail", f"{kind} PostgreSQL {version}", todo)
        return
    yield Check("database", "ok", f"{kind} PostgreSQL {version}")
    with connect(settings) as of_runs:
        yield check_pooler(settings, of_runs)
    tables = _check_tables(connection)
    yield tables
    if tables.level == "ok":
        yield _check_row_level_security(settings)
        yield from check_logins(settings)
        yield check_months(connection, datetime.now(UTC))
        yield _check_account_zones(connection)
        yield check_schedules(settings, list_accounts(connection))
        yield check_drop_folders(settings, list_accounts(connection))
        yield check_clock(connection, datetime.now(UTC))
        yield _check_unfinished(connection)
        yield from check_channels(settings, connection)
        connection.commit()
        yield from check_dagster(settings)


def check_pooler(settings: Settings, connection: Connection) -> Check:
    """Whether what needs a session of PostgreSQL's gets one."""
    name, is_pooled = "sessions", through_pooler(connection)
    connection.rollback()
    if settings.database_direct_url is None:
        if not is_pooled:
            return Check(name, "ok", "no pooler between here and PostgreSQL")
        todo = (
            "set ROSTERLINE_DATABASE_DIRECT_URL to the address of PostgreSQL itself: locks of runs "
            "and services need a session of their own (docs/tasks/postgresql-at-size.md)"
        )
        return Check(name, "fail", "a pooler stands between here and PostgreSQL", todo)
    try:
        found = _wrong_about(settings, connection)
    except RosterlineError as error:
        return Check(name, "fail", "PostgreSQL itself cannot be reached", str(error))
    if found is not None:
        todo = "set ROSTERLINE_DATABASE_DIRECT_URL to the server that the pooler leads to"
        return Check(name, "fail", f"ROSTERLINE_DATABASE_DIRECT_URL leads to {found}", todo)
    return Check(name, "ok", "a pooler for transactions, and PostgreSQL itself for sessions")


def _wrong_about(settings: Settings, connection: Connection) -> str | None:
    with connect_directly(settings) as direct:
        if through_pooler(direct):
            return "a pooler as well"
        # A lock that both see: they are sessions of the same database.
        hold(direct, _SAME_DATABASE)
        is_same = held(connection, [_SAME_DATABASE])
        connection.rollback()
        return None if is_same else "another database"


def _check_tables(connection: Connection) -> Check:
    present, newest = present_revision(connection), needed_revision()
    if present == newest:
        return Check("tables", "ok", f"at revision {newest}")
    if present is not None and present not in known_revisions():
        return Check("tables", "fail", f"at revision {present}", newer_tables(present))
    found = f"at revision {present}, this version needs {newest}" if present else "none yet"
    return Check("tables", "fail", found, "`rosterline migrate` or `up` brings them up to date")


def _check_row_level_security(settings: Settings) -> Check:
    """Whether API and portal may use their role, and see nothing without an account."""
    try:
        with (
            closing(connect_as_gateway(settings)) as connection,
            as_account(connection, NO_ACCOUNT),
        ):
            row = connection.execute(_COUNT_ROWS).fetchone()
    except RosterlineError as error:
        return Check("row-level security", "fail", "the gateway cannot sign in", str(error))
    except psycopg.Error as error:
        todo = (
            f"an administrator of PostgreSQL: CREATE ROLE {ROLE} NOLOGIN; GRANT {ROLE} TO the user "
            "by whom the gateway signs in; if a backup was restored without its rights, restore it "
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


def check_months(connection: Connection, now: datetime) -> Check:
    """Whether this month has partitions of its own."""
    bound = first_id_at(start_of_month(now, 1))
    highest = [each for each in list_partitions(connection) if each.upper is None]
    late = [each.table for each in highest if each.lower is None or each.lower < bound]
    if late:
        found = f"no month of its own for the rows that come now: {', '.join(late)}"
        todo = (
            "switch on the schedule months_ahead in the Dagster UI, or materialise the asset "
            "table_months; nothing is lost meanwhile (docs/tasks/keep-and-prune.md)"
        )
        return Check("months", "warn", found, todo)
    return Check("months", "ok", "the next months have their partitions")


def _check_account_zones(connection: Connection) -> Check:
    accounts = list_accounts(connection)
    unknown = [each.name for each in accounts if not is_time_zone(each.time_zone)]
    if unknown:
        found = f"unknown time zone of account {', '.join(unknown)}"
        return Check("accounts", "fail", found, "update the package tzdata")
    return Check("accounts", "ok", f"{len(accounts)}, all with a known time zone")


def check_schedules(settings: Settings, accounts: Sequence[Account]) -> Check:
    """Whether each account that waits for its midnight has a schedule."""
    zones = set(zones_in_use(settings))
    without = [
        each for each in accounts if each.cadence == "nightly" and each.time_zone not in zones
    ]
    if not without:
        return Check("schedules", "ok", f"{len(zones)} time zones, with those of all accounts")
    named = ", ".join(f"{each.name} ({each.time_zone})" for each in without)
    todo = (
        "`rosterline up` starts the intake service, which adds them; or name the zones in "
        "ROSTERLINE_NIGHTLY_ZONES and reload the definitions in the Dagster UI"
    )
    return Check("schedules", "fail", f"no nightly schedule for account {named}", todo)


def check_drop_folders(settings: Settings, accounts: Sequence[Account]) -> Check:
    """Whether files wait in Pending that cannot be taken in; their senders were told."""
    try:
        left = {
            each.name: count_left(settings, account_folder(settings, each) / PENDING)
            for each in accounts
        }
    except RosterlineError as error:
        return Check("drop folders", "fail", "one cannot be read", str(error))
    named = ", ".join(f"{name} ({count})" for name, count in left.items() if count)
    if not named:
        return Check("drop folders", "ok", "no file that may not be read or is too large")
    todo = (
        f"give this user the right to read them (below {settings.drop_dir}), or set "
        "ROSTERLINE_MAX_FILE_BYTES; `rosterline account sftp log` says which is which"
    )
    return Check("drop folders", "warn", f"files that cannot be taken in: {named}", todo)


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
    troubles = read_troubles(connection)
    held = [each for each in troubles if each.state == HELD]
    if not waiting and not processing and not held:
        return Check("imports", "ok", "all are over")
    found = f"{waiting} waiting, {processing} being processed, {len(held)} held for a person"
    stuck = [each for each in troubles if each.state == "processing"]
    if stuck:
        named = ", ".join(each.key[-10:] for each in stuck[:SHOWN_STUCK])
        todo = (
            f"`rosterline night` says more of each; mend what it says, or end one with "
            f"`rosterline give-up {stuck[0].key[-10:]}`"
        )
        return Check("imports", "warn", f"{found}; {len(stuck)} stuck: {named}", todo)
    if held and not waiting and not processing:
        return Check("imports", "warn", found, "`rosterline held` says why, and who may decide")
    todo = "`rosterline process-pending` imports now what waits, and resumes what was cut off"
    return Check("imports", "warn", found, todo)
