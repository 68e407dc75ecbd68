"""Checks of every file that is kept: what was received, and what was answered."""

from collections.abc import Iterator, Sequence

from psycopg import Connection

from cli.installation.check import Check
from registry.database.connections import connect
from registry.landing.receive import archived_file
from registry.ledger.results import list_kept_files, list_result_files
from registry.settings import Settings
from schemas.errors import ArchiveDamaged, RosterlineError, StorageUnavailable

_SHOWN = 10


def check_archive(settings: Settings) -> Iterator[Check]:
    """Whether all bytes are those whose sha256 the ledger has; reads every file whole."""
    try:
        connection = connect(settings)
    except RosterlineError as error:
        yield Check("archive", "fail", "not checked, the database cannot be reached", str(error))
        return
    with connection:
        yield _check_received(settings, connection)
        yield _check_results(settings, connection)


def _check_received(settings: Settings, connection: Connection) -> Check:
    damaged, gone = [], []
    files = list_kept_files(connection)
    for sha256, key in files:
        try:
            archived_file(settings, sha256).require_intact()
        except ArchiveDamaged:
            damaged.append(key)
        except (StorageUnavailable, OSError):
            gone.append(key)
    todo = (
        "restore these files of the archive folder from a backup, or receive them again; then "
        "`rosterline backfill` runs an import again"
    )
    return _check("archive", len(files), damaged, gone, todo)


def _check_results(settings: Settings, connection: Connection) -> Check:
    damaged, gone = [], []
    files = list_result_files(connection, settings)
    for result in files:
        if result.store.find(result.key) is None:
            gone.append(result.partition_key)
        elif result.intact_path() is None:
            damaged.append(result.partition_key)
    todo = (
        "`rosterline result IMPORT --attempt N` makes a result again, with the same bytes, and "
        "`--failed-rows` the file of failed rows"
    )
    return _check("results", len(files), damaged, gone, todo)


def _check(name: str, count: int, damaged: list[str], gone: list[str], todo: str) -> Check:
    if not damaged and not gone:
        return Check(name, "ok", f"{count:,} files, all as the ledger has them")
    said = [
        f"{len(keys):,} of {count:,} {what}: {_listed(keys)}"
        for what, keys in (("damaged", damaged), ("gone", gone))
        if keys
    ]
    return Check(name, "fail", "; ".join(said), todo)


def _listed(keys: Sequence[str]) -> str:
    different = list(dict.fromkeys(keys))
    more = len(different) - _SHOWN
    return ", ".join(different[:_SHOWN]) + (f" and {more:,} more" if more > 0 else "")
