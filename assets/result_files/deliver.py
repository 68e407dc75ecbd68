"""Making a result durable and bringing it to the sender, under a name that is never reused."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from itertools import chain

from psycopg import Connection

from assets.attempt_work import AttemptWork
from assets.result_files.keep_rows import keep_rows
from assets.result_files.result_rows import Target, open_result
from assets.result_files.workbook_answer import is_answered_with_workbook, write_answer
from registry.landing.answered import Publish, publisher, take_out
from registry.landing.result_names import MAX_NAME_BYTES, result_names
from registry.ledger.results import ResultFile, ResultKind, result_key
from registry.store import store_of
from registry.store.durable_files import storage_errors


def deliver(registry: Connection, work: AttemptWork) -> ResultFile:
    """Write the result files of an attempt, publish those for its sender, take its input out.

    Every step can be repeated: names are reserved in the ledger before the files are written,
    and the same ledger gives the same bytes.

    Returns:
        The sender's result.

    Raises:
        StorageUnavailable: the disk is full, or a folder or the bucket cannot be written.
    """
    with open_result(work, registry) as made:
        answers = [_write(registry, work, "result", partial(made.write, failed_only=False))]
        failed = _write(registry, work, "failed_rows", partial(made.write, failed_only=True))
        if made.connection is not None:
            keep_rows(made.connection, work)
    if is_answered_with_workbook(work):
        path = failed.store.file(failed.key, failed.sha256)
        write_workbook = partial(write_answer, registry, work, path)
        answers.append(_write(registry, work, "failed_workbook", write_workbook))
    publish = publisher(registry, work.settings, work.account, work.imported)
    if publish is not None:
        answers = [_publish(registry, work, each, publish) for each in answers]
    take_out(registry, work.settings, work.imported)
    return answers[0]


def _write(
    registry: Connection, work: AttemptWork, kind: ResultKind, write: Callable[[Target], None]
) -> ResultFile:
    """One of the files, under its reserved name; its sha256 goes into the ledger."""
    name = _reserve(registry, work, kind)
    store, area = store_of(work.settings), f"results/{work.imported.partition_key}"
    key = result_key(work.imported.partition_key, name)
    with (
        storage_errors("write a result", store.place_of("results")),
        store.begin(area, download_name=name, sole=True) as draft,
    ):
        write(draft)
        draft.place(key)
    registry.execute(
        "UPDATE result_file SET sha256 = %s, byte_count = %s"
        " WHERE import_id = %s AND attempt = %s AND kind = %s",
        (draft.sha256, draft.byte_count, work.imported.id, work.attempt.number, kind),
    )
    return ResultFile(store, key, draft.sha256, kind)


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


def _publish(
    registry: Connection, work: AttemptWork, result: ResultFile, publish: Publish
) -> ResultFile:
    """Put a file into the sender's folder; a foreign file of that name is never touched."""
    name = result.name
    path = result.store.file(result.key, result.sha256)
    # Its own name first: an earlier version may have given it one that is not made any more.
    for candidate in chain((result.name,), _names(work, result.kind)):
        if candidate != result.name and _is_reserved(registry, work, candidate):
            continue
        if publish(candidate, path):
            name = candidate
            break
    if name == result.name:
        return result
    registry.execute(
        "UPDATE result_file SET name = %s WHERE import_id = %s AND attempt = %s AND kind = %s",
        (name, work.imported.id, work.attempt.number, result.kind),
    )
    key = result_key(work.imported.partition_key, name)
    result.store.move(result.key, key)
    return replace(result, key=key)


def _is_reserved(registry: Connection, work: AttemptWork, name: str) -> bool:
    row = registry.execute(
        "SELECT 1 FROM result_file WHERE account_id = %s AND name = %s", (work.account.id, name)
    ).fetchone()
    return row is not None
