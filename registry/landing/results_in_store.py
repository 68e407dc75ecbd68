"""An account's results as SFTP shows them where a bucket is the store.

Results of files that came into Pending are rows of `result_file`. What else stands under
`drop/<account>/Patient Import Results/` in the store is shown too: the records of uploads, results
of files from a bucket that is a drop folder, and what an operator put there.
"""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import BinaryIO, cast

from psycopg import Connection
from psycopg.rows import class_row

from registry.accounts.accounts import Account
from registry.database.statements import Statements
from registry.landing.pending_in_store import results_prefix
from registry.landing.wanted_results import intact_or_wanted
from registry.ledger.results import ResultFile, result_key
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors

_SQL = Statements(__file__)


@dataclass(frozen=True)
class SenderResult:
    """A file in the account's results: of the import `partition_key`, or of no import of ours."""

    name: str
    sha256: str | None
    byte_count: int
    written_at: datetime
    partition_key: str | None


def list_results(
    connection: Connection, settings: Settings, account: Account
) -> list[SenderResult]:
    """All files in the account's results. Commits.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    store, prefix = store_of(settings), results_prefix(account)
    with storage_errors("list results", store.place_of(prefix)):
        others = [
            SenderResult(each.key.rpartition("/")[2], None, each.byte_count, each.written_at, None)
            for each in store.list(prefix)
            if each.key.rpartition("/")[0] == prefix
        ]
    found = {each.name: each for each in others}
    found |= {each.name: each for each in _of_imports(connection, settings, account)}
    connection.commit()
    return [each for each in found.values() if not each.name.startswith(".")]


def find_result(
    connection: Connection, settings: Settings, account: Account, name: str
) -> SenderResult | None:
    """The file of this name in the account's results. Commits.

    Raises:
        StorageUnavailable: the store does not answer.
    """
    if name.startswith("."):
        return None
    for each in _of_imports(connection, settings, account, name):
        connection.commit()
        return each
    store, key = store_of(settings), f"{results_prefix(account)}/{name}"
    with storage_errors("look for a result", store.place_of(results_prefix(account))):
        found = store.find(key)
    if found is None:
        return None
    return SenderResult(name, None, found.byte_count, found.written_at, None)


def open_result(settings: Settings, account: Account, result: SenderResult) -> BinaryIO:
    """Open a file of this machine with the bytes of a file in the account's results.

    Raises:
        ArchiveDamaged: a result of ours is damaged or gone; it will be made again.
        StorageUnavailable: the store does not give them.
    """
    store, prefix = store_of(settings), results_prefix(account)
    if result.partition_key is not None and result.sha256 is not None:
        key = result_key(result.partition_key, result.name)
        ours = ResultFile(store, key, result.sha256, "result")
        return intact_or_wanted(settings, ours).open("rb", buffering=0)
    with storage_errors("read a result", store.place_of(prefix)):
        copy = tempfile.TemporaryFile(buffering=0)  # noqa: SIM115 - the caller closes it
        copy.write(store.read(f"{prefix}/{result.name}"))
    return cast(BinaryIO, copy)


def _of_imports(
    connection: Connection, settings: Settings, account: Account, name: str | None = None
) -> Iterator[SenderResult]:
    days = settings.keep_results_days
    since = None if days is None else datetime.now(UTC) - timedelta(days=days)
    with connection.cursor(row_factory=class_row(SenderResult)) as cursor:
        about = {"account": account.id, "name": name, "since": since}
        rows = cursor.execute(_SQL["list_sftp_results"], about).fetchall()
    for each in rows:
        yield each if each.byte_count >= 0 else _measured(connection, settings, each)


def _measured(connection: Connection, settings: Settings, result: SenderResult) -> SenderResult:
    """A result from before the ledger knew sizes, with its size, which the ledger is told."""
    store, key = store_of(settings), result_key(result.partition_key or "", result.name)
    with storage_errors("look for a result", store.place_of("results")):
        found = store.find(key)
    if found is None:
        return replace(result, byte_count=0)
    about = {"key": result.partition_key, "name": result.name, "byte_count": found.byte_count}
    connection.execute(_SQL["measure_result"], about)
    return replace(result, byte_count=found.byte_count)
