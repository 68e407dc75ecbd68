"""Pruning files: staging, archive, results, rotated logs."""

from datetime import datetime, timedelta

from psycopg import Connection

from registry.database.statements import Statements
from registry.keeping.pruned import Pruned, older_files, remove, remove_stored
from registry.landing.archive_copy import archive_key
from registry.ledger import kept_rows
from registry.ledger.results import result_key
from registry.settings import Settings
from registry.store import store_of

_SQL = Statements(__file__)

ROTATED = "*.log.*"
"""Names of rotated logs: `api.log.1`."""


def prune_staging(settings: Settings, now: datetime, *, dry_run: bool) -> Pruned:
    """Files of imports that left theirs; a further attempt makes its file anew."""
    before = now - timedelta(days=settings.keep_staging_days)
    return remove("staging files", list(older_files(settings.staging_dir, before)), dry_run=dry_run)


def prune_logs(settings: Settings, now: datetime, *, dry_run: bool) -> Pruned:
    """Rotated logs of services; the present ones stay."""
    before = now - timedelta(days=settings.keep_logs_days)
    paths = list(older_files(settings.log_dir, before, ROTATED))
    return remove("rotated logs", paths, dry_run=dry_run)


def prune_archive(
    connection: Connection, settings: Settings, now: datetime, *, dry_run: bool
) -> Pruned:
    """Received files of imports that ended long ago; commits before it removes any.

    Bytes that another import has too, which is younger or not over, are kept for it.
    """
    what = "received files"
    if settings.keep_archive_days is None:
        return Pruned(what, 0)
    terms = {"before": now - timedelta(days=settings.keep_archive_days), "now": now}
    old = _SQL["list_old_archived"]
    statement = old if dry_run else _SQL["mark_archived_as_pruned"].format(old=old)
    found = {sha256 for (sha256,) in connection.execute(statement, terms).fetchall()}
    connection.commit()
    keys = [archive_key(sha256) for sha256 in sorted(found)]
    return remove_stored(what, store_of(settings), keys, dry_run=dry_run)


def prune_results(
    connection: Connection, settings: Settings, now: datetime, *, dry_run: bool
) -> Pruned:
    """Result files in the store, and the rows that were kept for pages.

    What was put into a sender's folder is the sender's.
    """
    what = "result files"
    if settings.keep_results_days is None:
        return Pruned(what, 0)
    before = now - timedelta(days=settings.keep_results_days)
    found = connection.execute(_SQL["list_old_results"], {"before": before}).fetchall()
    keys = [result_key(key, name) for key, name in found]
    kept = store_of(settings).list(kept_rows.AREA)
    keys += [each.key for each in kept if each.written_at < before]
    return remove_stored(what, store_of(settings), keys, dry_run=dry_run)
