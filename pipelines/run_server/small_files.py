"""The worker of small files: takes what somebody waits for as soon as the ledger has it.

While it has nothing to do, the server gives it imports of commands, too. It works in one process
with everything loaded, the engine of the stages and connections included. What it does not take,
because it is large or because many files wait, and what it could not finish is left to the sensors:
they ask for runs of all that waits and of all that was cut off. So nothing is lost if it is killed
at any moment.
"""

import logging
import resource
import select
import socket
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress

import dagster as dg
from dagster._core.definitions.run_request import InstigatorType
from dagster._core.scheduler.instigation import InstigatorStatus
from dagster._utils.interrupts import capture_interrupts
from psycopg import Connection

from pipelines.ask_for_runs import due_now
from pipelines.ask_run_server import SMALL_BYTES
from pipelines.command_runs import instance_of, run_waiting, wait_until_over
from pipelines.run_server.children import say_ended, say_run
from pipelines.run_server.loaded_code import state_of_code
from pipelines.sensors import waiting_file_found
from registry.database.connections import connect, session_of
from registry.database.revision import require_current_tables
from registry.landing.disk_reserve import is_full
from registry.landing.receive import CHANNEL
from registry.ledger.due_imports import Batch
from registry.ledger.imports import Import, get_import
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger("rosterline.runs")

FEW_FILES = 10
"""If more wait, runs over many files are cheaper than one after the other; checks never wait."""

MOST_IMPORTS = 500
MOST_MEMORY_KIB = 1_500_000
"""After so many imports, or grown to this, the worker ends and another one takes its place."""


def work(settings: Settings, code: int, line: socket.socket) -> None:
    """Work off small files until the server is gone, the code changed, or this process grew old.

    `line` is the server's: it is told which run is under way, and ends the worker by its own end.
    """
    with instance_of(settings) as instance, connect(settings) as connection:
        require_current_tables(connection)
        connection.autocommit = True
        notified = session_of(connection)
        notified.execute(f"LISTEN {CHANNEL}")
        for done, (imported, command) in enumerate(_arriving(connection, instance, settings, line)):
            with ExitStack() as stack:
                if command:
                    stack.enter_context(command)
                if state_of_code() != code or done >= MOST_IMPORTS or _is_large():
                    return  # another worker takes this one up
                _run(instance, settings, imported, line, command)


def _arriving(
    connection: Connection, instance: dg.DagsterInstance, settings: Settings, line: socket.socket
) -> Iterator[tuple[Import, socket.socket | None]]:
    """What to work on, one after the other, and the command that waits for it.

    Ends when `line` does.
    """
    notified, tried, is_due_to_look = session_of(connection), set[str](), True
    while True:
        if select.select([line], [], [], 0)[0]:
            key, passed, _, _ = socket.recv_fds(line, 4096, 1)
            if not key:
                return
            yield get_import(connection, key.decode()), socket.socket(fileno=passed[0])
            continue
        due: list[Import] = []
        if is_due_to_look and not is_full(settings):
            batches = due_now(connection, instance, "on_arrival", settings.max_imports_per_run)
            due = [each for each in chosen(batches) if each.partition_key not in tried]
        if due and not is_stopped(instance):
            # Once: what could not be taken up is not asked for again and again.
            tried.add(due[0].partition_key)
            yield due[0], None
            continue
        is_due_to_look = bool(list(notified.notifies(timeout=0)))
        if not is_due_to_look:
            select.select([notified, line], [], [])


def chosen(batches: Iterable[Batch]) -> list[Import]:
    """Of what is due: checks, then imports, the first one of each account.

    Larger files, all imports where many wait, and those of commands, which run them themselves, are
    left out.
    """
    due = [each for batch in batches for each in batch]
    checks = [each for each in due if each.dry_run]
    imports = [each for each in due if not each.dry_run]
    first: dict[int, Import] = {}
    for each in imports:
        first.setdefault(each.account_id, each)
    few = list(first.values()) if len(imports) <= FEW_FILES else []
    return [
        each for each in [*checks, *few] if each.byte_count <= SMALL_BYTES and each.source != "cli"
    ]


def is_stopped(instance: dg.DagsterInstance) -> bool:
    """Whether somebody stopped the sensor of waiting files: then they wait."""
    stopped = instance.all_instigator_state(
        instigator_type=InstigatorType.SENSOR, instigator_statuses={InstigatorStatus.STOPPED}
    )
    return any(each.instigator_name == waiting_file_found.name for each in stopped)


def _run(
    instance: dg.DagsterInstance,
    settings: Settings,
    imported: Import,
    line: socket.socket,
    command: socket.socket | None,
) -> None:
    began, key = time.monotonic(), imported.partition_key if command else ""
    failed: RosterlineError | None = None

    def begun(run_id: str) -> None:
        say_run(line, run_id, key)

    try:
        with capture_interrupts():
            if not run_waiting(instance, settings, imported, begun) and command:
                wait_until_over(settings, imported)
    except KeyboardInterrupt:
        logger.info("interrupted: import=%s", imported.id)
        command = None  # it takes the end of the connection for that
    except RosterlineError as error:
        # Its text has no value of a patient. The sensor of interrupted imports goes on with it.
        logger.error("cut off: import=%s code=%s", imported.id, error.code)  # noqa: TRY400
        failed = error
    finally:
        say_run(line, "", key)
    # After the line above: the server would interrupt this process when a command leaves early.
    if command:
        with suppress(OSError):
            say_ended(command, failed)
    logger.info("small file: import=%s ms=%.0f", imported.id, (time.monotonic() - began) * 1000)


def _is_large() -> bool:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss > MOST_MEMORY_KIB
