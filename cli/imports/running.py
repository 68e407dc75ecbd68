"""Imports that a command runs: with a progress bar, and a message if they are interrupted."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from math import inf

import typer
from psycopg import Connection

from cli import output
from cli.home import registry
from cli.imports import progress, summaries
from cli.imports.summaries import Finding
from pipelines import ask_run_server
from registry.accounts.accounts import Account
from registry.landing import drop_bucket, drop_folder
from registry.landing.disk_reserve import require_room
from registry.landing.pending_imports import imports_in_pending
from registry.landing.stability import FolderScan, Observations, name_key
from registry.ledger.imports import Import
from registry.ledger.members import list_members
from registry.settings import Settings
from schemas.errors import RosterlineError

SHORTEST_PAUSE = 0.5


def run_one(settings: Settings, imported: Import) -> Finding:
    """Run one waiting import to its end, and then the members of an archive, one after the other.

    Returns what became of it.
    """
    _run(settings, imported)
    with registry(settings) as connection:
        members = list_members(connection, imported.id)
    for member in members:
        _run(settings, member)
    with registry(settings) as connection:
        return summaries.find(connection, settings, imported.partition_key)


def _run(settings: Settings, imported: Import) -> None:
    with _watched(settings, imported):
        # The run server has loaded what takes a command longer than a small import.
        if not ask_run_server.import_now(settings, imported):
            from pipelines.command_runs import run_import  # noqa: PLC0415

            run_import(settings, imported)


def run_pending(settings: Settings, chosen: Sequence[Account]) -> list[Finding]:
    """Take in complete files from the drop folders, and run all imports that wait.

    Imports that were cut off are resumed first.

    Raises:
        DiskFull: less than the reserve is free.
    """
    from pipelines.command_runs import cut_off, next_batch  # noqa: PLC0415 - takes seconds

    require_room(settings)
    done = _run_all(settings, cut_off(settings))
    take_in(settings, chosen)
    for account in chosen:
        tried: set[str] = set()
        while batch := next_batch(settings, account, tried):
            tried |= {each.partition_key for each in batch}
            done += _run_all(settings, batch)
    return done


def run_further(settings: Settings, batch: Sequence[Import]) -> list[Finding]:
    """Run one more attempt over each of these completed or failed imports, in order."""
    return _run_all(settings, batch, again=True)


def take_in(settings: Settings, chosen: Sequence[Account]) -> None:
    """Look into the drop folders twice, and register the files that did not change in between.

    What is in a bucket that is a drop folder is complete at the first look.
    """
    with registry(settings) as connection:
        drop_bucket.look(connection, settings, chosen, seconds=inf)
        seen = {account.name: _look(settings, account, {}).seen for account in chosen}
        if not any(seen.values()):
            return
        pause = max(_pause(connection, settings, each, seen[each.name]) for each in chosen)
        with output.errors.status("Looking whether files in the drop folders are complete …"):
            time.sleep(pause)
        for account in chosen:
            looked = _look(settings, account, seen[account.name])
            drop_folder.register_ready(
                connection, settings, account, looked, lambda: datetime.now(UTC)
            )


def _look(settings: Settings, account: Account, seen: Observations) -> FolderScan:
    if not drop_folder.account_folder(settings, account).exists():
        return FolderScan((), {})
    return drop_folder.scan_pending(settings, account, seen, time.monotonic(), time.time())


def _pause(
    connection: Connection, settings: Settings, account: Account, seen: Observations
) -> float:
    """Seconds until the files have stood still for long enough; those of our SFTP server have."""
    known = imports_in_pending(connection, account).values()
    landed = {name_key(each.drop_name or "") for each in known if each.source == "sftp"}
    now, quiet = time.monotonic(), settings.drop_quiet_seconds
    left = [quiet - (now - each.since) for key, each in seen.items() if key not in landed]
    return min(quiet, max([SHORTEST_PAUSE, *left]))


def _run_all(settings: Settings, batch: Sequence[Import], *, again: bool = False) -> list[Finding]:
    from pipelines.command_runs import run_batch  # noqa: PLC0415 - as above

    try:
        run_batch(settings, batch, lambda imported: _watched(settings, imported), again=again)
    except RosterlineError as error:
        # The other imports were run all the same. The state of this one shows that it is not over.
        output.note(str(error))
    with registry(settings) as connection:
        return [summaries.find(connection, settings, each.partition_key) for each in batch]


@contextmanager
def _watched(settings: Settings, imported: Import) -> Iterator[None]:
    try:
        with progress.shown(settings, imported, imported.file_name):
            yield
    except KeyboardInterrupt:
        output.errors.print(
            f"\nStopped. Import {imported.partition_key} stays in the ledger, and nothing is half "
            "done: its rows are written all at once or not at all. The daemon resumes it in a "
            "while if it runs; `rosterline process-pending` resumes it at once.",
            style="yellow",
            soft_wrap=True,
        )
        raise typer.Exit(1) from None
