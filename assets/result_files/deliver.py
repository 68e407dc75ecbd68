"""Making a result durable and bringing it to the sender, under a name that is never reused."""

from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path
from typing import BinaryIO

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.result_files.result_rows import ResultWriter, open_result
from registry.landing.drop_folder import publish, take_out
from registry.landing.durable_files import (
    DRAFT_PREFIX,
    digest,
    draft_in,
    make_durable,
    storage_errors,
    sync_folders,
)
from registry.landing.result_names import MAX_NAME_BYTES, result_names

_PUBLISHED_SOURCES = ("drop", "sftp")
_RESULT_MODE = 0o440


def deliver(registry: Connection, work: AttemptWork) -> dict[str, Path]:
    """Write both result files of an attempt, publish the result, take the input out of Pending.

    Every step can be repeated: names are reserved in the ledger before the files are written,
    and the same ledger gives the same bytes.

    Returns:
        The files by kind, `result` and `failed_rows`.

    Raises:
        StorageUnavailable: the disk is full or a folder cannot be written.
    """
    with open_result(work, registry) as write:
        files = {kind: _write(registry, work, kind, write) for kind in ("result", "failed_rows")}
    if work.imported.source in _PUBLISHED_SOURCES:
        files["result"] = _publish(registry, work, files["result"])
        take_out(registry, work.settings, work.imported)
    return files


def _write(registry: Connection, work: AttemptWork, kind: str, write: ResultWriter) -> Path:
    """One of the two files, under its reserved name; its sha256 goes into the ledger."""
    name = _reserve(registry, work, kind)
    path = work.settings.results_dir / work.imported.partition_key / name
    sha256 = write_durably(path, partial(write, failed_only=kind == "failed_rows"))
    registry.execute(
        "UPDATE result_file SET sha256 = %s WHERE import_id = %s AND attempt = %s AND kind = %s",
        (sha256, work.imported.id, work.attempt.number, kind),
    )
    return path


def write_durably(path: Path, write: Callable[[BinaryIO], None]) -> str:
    """Write a file so that it is there whole or not at all; return its sha256 as hex.

    Only this writer uses the folder, so a draft in it was left by a process that was killed.
    """
    with storage_errors("write a result", path.parent):
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        for left_over in path.parent.glob(f"{DRAFT_PREFIX}*"):
            left_over.unlink()
        with draft_in(path.parent) as draft:
            write(draft)
            make_durable(draft, _RESULT_MODE).replace(path)
        sync_folders(path.parent)
        return digest(path)


def _reserve(registry: Connection, work: AttemptWork, kind: str) -> str:
    """The file's name, unique in the account for ever; the first free one is taken.

    Until the transaction ends, nobody else writes this file.
    """
    key = (work.imported.id, work.attempt.number, kind)
    with registry.transaction():
        # Versions before this one reserved names that no file system takes.
        registry.execute(
            "DELETE FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s"
            " AND octet_length(name) > %s",
            (*key, MAX_NAME_BYTES),
        )
        for name in _names(work, kind):
            registry.execute(
                "INSERT INTO result_file (import_id, attempt, kind, account_id, name)"
                " VALUES (%s, %s, %s, %s, %s) ON CONFLICT DO NOTHING",
                (*key, work.account.id, name),
            )
            row = registry.execute(
                "SELECT name FROM result_file WHERE import_id = %s AND attempt = %s AND kind = %s"
                " FOR UPDATE",
                key,
            ).fetchone()
            if row is not None:
                return str(row[0])
    raise AssertionError("names never run out")


def _names(work: AttemptWork, kind: str) -> Iterator[str]:
    received_on = work.received_locally.date()
    return result_names(work.imported.file_name, received_on, kind, work.attempt.number)


def _publish(registry: Connection, work: AttemptWork, path: Path) -> Path:
    """Put the result into the sender's folder; a foreign file of that name is never touched."""
    name = path.name
    # Its own name first: an earlier version may have given it one that is not made any more.
    for candidate in chain((path.name,), _names(work, "result")):
        if candidate != path.name and _is_reserved(registry, work, candidate):
            continue
        if publish(work.settings, work.account, candidate, path):
            name = candidate
            break
    if name != path.name:
        registry.execute(
            "UPDATE result_file SET name = %s WHERE import_id = %s AND attempt = %s"
            " AND kind = 'result'",
            (name, work.imported.id, work.attempt.number),
        )
        path = path.replace(path.with_name(name))
    return path


def _is_reserved(registry: Connection, work: AttemptWork, name: str) -> bool:
    row = registry.execute(
        "SELECT 1 FROM result_file WHERE account_id = %s AND name = %s", (work.account.id, name)
    ).fetchone()
    return row is not None
