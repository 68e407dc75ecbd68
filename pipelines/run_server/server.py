"""The run server: `python -m pipelines.run_server.server`.

To load the libraries of the stages takes longer than to import a small file. So one process loads
them once and does nothing else: it forks a process for each run that the launcher hands out
(`pipelines/run_launchers/warm.py`) or a command asks for, and keeps one for small files. The
children share its memory. It has no connection and no pool of threads that a fork could tear apart:
DuckDB, Polars and Arrow start theirs with their first work, which is done in a child.

If a child is killed, Dagster is told. If the server is killed, its children are interrupted, and
further runs start beside the code server until it is back. On SIGTERM, and when the code on disk
changed, it takes nothing further and waits for the runs that are under way; then it ends, or starts
its program anew.
"""

import gc
import importlib
import json
import logging
import os
import selectors
import signal
import socket
import time
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass
from functools import partial
from typing import Any

import psycopg

from pipelines.ask_run_server import EXECUTE, IMPORT, TERMINATE, digest_of
from pipelines.definitions import defs
from pipelines.process_environment import runs_socket
from pipelines.run_server.children import execute_run, report_lost, run_for_command
from pipelines.run_server.loaded_code import load_again, state_of_code
from pipelines.run_server.small_files import work
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from schemas.code_lists import languages
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger("rosterline.runs")

PAUSE_SECONDS = 2.0
"""Before the worker of small files is forked again after an error, doubled with each more."""
LONGEST_PAUSE_SECONDS = 60.0

_LOADED_LATE = (
    "pipelines.storage",  # Dagster loads it by its name in `dagster.yaml`, and Alembic with it
    "psycopg2.extras",
    "upath.core",
    "pyarrow.pandas_compat",
    "pandera.backends.register_checks",
    "pandera.strategies.base_strategies",
    "assets.lineage_events.events",
    "assets.lineage_events.sending",
    "openlineage.client.client",
    "watchdog.observers.polling",
)
"""What the first run of a process would load: a second in each child, if it were left to them."""

REQUEST_SECONDS = 1.0
_LONGEST_REQUEST = 1024**2
_INTERRUPTED = 128 + signal.SIGINT


@dataclass
class Child:
    """A process that the server forked: the line to it, its run, and the command that waits.

    `key` is the import of that command; it `has_begun` once the child said so.
    """

    line: socket.socket
    run_id: str = ""
    command: socket.socket | None = None
    key: str = ""
    has_begun: bool = False

    def hear(self) -> bool:
        """Take in which run the child says is under way; False once it says nothing more."""
        with suppress(BlockingIOError, ConnectionResetError):
            if said := self.line.recv(4096):
                for each in said.decode().splitlines():
                    self.run_id, _, key = each.partition(" ")
                    self.has_begun |= bool(key) and key == self.key
                return True
        return False

    @property
    def is_free(self) -> bool:
        """Whether it may be given an import."""
        return not self.run_id and self.command is None


class RunServer:
    """Listens, forks and reaps; `serve` returns at its end."""

    def __init__(self, settings: Settings, code: int) -> None:
        self._settings, self._code = settings, code
        self._children: dict[int, Child] = {}
        """By process id."""
        self._worker: int | None = None
        self._worker_due = 0.0
        self._worker_faults = 0
        self._is_leaving = False
        self._starts_again = False
        self._selector = selectors.DefaultSelector()
        self._listener = socket.socket(socket.AF_UNIX)
        self._signals, self._wakes = socket.socketpair()
        for each in (self._signals, self._wakes):
            each.settimeout(0)

    def serve(self) -> bool:
        """Serve until SIGTERM, Ctrl-C, or a change of the code, and the end of all children.

        Returns:
            Whether the program shall be started anew.
        """
        signal.set_wakeup_fd(self._wakes.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._leave(starts_again=False))
        signal.signal(signal.SIGCHLD, lambda *_: None)
        path = runs_socket(self._settings)
        path.unlink(missing_ok=True)
        self._listener.bind(str(path))
        self._listener.listen(64)
        self._selector.register(self._listener, selectors.EVENT_READ, self._accept)
        self._selector.register(self._signals, selectors.EVENT_READ, self._signalled)
        while not self._is_leaving or self._children:
            self._look_after_worker()
            for key, _ in self._selector.select(self._seconds_until_worker()):
                key.data(key.fileobj)
        path.unlink(missing_ok=True)
        return self._starts_again

    def close(self) -> None:
        """Close all sockets; to be called when nothing is served."""
        signal.set_wakeup_fd(-1)
        for child in self._children.values():
            for each in filter(None, (child.line, child.command)):
                each.close()
        for each in (self._listener, self._signals, self._wakes):
            each.close()
        self._selector.close()

    def _leave(self, *, starts_again: bool) -> None:
        self._is_leaving, self._starts_again = True, starts_again

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(REQUEST_SECONDS)
        line = b""
        try:
            while not line.endswith(b"\n") and len(line) < _LONGEST_REQUEST:
                if not (read := connection.recv(65536)):
                    break
                line += read
            if line and self._answer(json.loads(line), connection):
                return
        except (OSError, ValueError, KeyError) as error:
            logger.warning("a request was not answered: %s", type(error).__name__)
        connection.close()

    def _answer(self, request: dict[str, Any], connection: socket.socket) -> bool:
        """Do what is asked. Returns whether the connection is kept for a second answer."""
        what = request["do"]
        if what == TERMINATE:
            _say(connection, taken=self._interrupt(request["run_id"]))
            return False
        if not self._is_leaving and state_of_code() != self._code:
            self._load_again()
        is_taken = not self._is_leaving and (
            what == EXECUTE or (what == IMPORT and request["settings"] == digest_of(self._settings))
        )
        # Before it is done: nobody who left may have it done twice.
        _say(connection, taken=is_taken)
        if is_taken and what == EXECUTE:
            connection.close()
            run_id = request["run_id"]
            self._fork(partial(execute_run, self._settings, run_id), run_id=run_id)
        elif is_taken:
            connection.settimeout(None)
            self._selector.register(connection, selectors.EVENT_READ, self._command_left)
            if not (request["is_small"] and self._give_worker(request["key"], connection)):
                self._fork_for_command(request["key"], connection)
            return True
        return False

    def _give_worker(self, key: str, command: socket.socket) -> bool:
        """Let the worker of small files run an import, as it has everything at hand; if it can."""
        worker = self._children.get(self._worker or 0)
        if worker is None or not worker.is_free:
            return False
        worker.command, worker.key, worker.has_begun = command, key, False
        with suppress(OSError):  # it ended, and will be reaped
            socket.send_fds(worker.line, [key.encode()], [command.fileno()])
        return True

    def _fork_for_command(self, key: str, command: socket.socket) -> None:
        do = partial(run_for_command, self._settings, key, command)
        self._fork(do, command=command)

    def _command_left(self, command: socket.socket) -> None:
        """The command that waits for a run ended, or was interrupted."""
        for pid, child in list(self._children.items()):
            if child.command is command:
                self._hear(child)
            if child.command is command:  # its run is not over
                self._selector.unregister(command)
                os.kill(pid, signal.SIGINT)

    def _interrupt(self, run_id: str) -> bool:
        pids = [pid for pid, child in self._children.items() if child.run_id == run_id]
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        return bool(pids)

    def _signalled(self, signals: socket.socket) -> None:
        signals.recv(4096)
        with suppress(ChildProcessError):
            while (ended := os.waitpid(-1, os.WNOHANG))[0]:
                self._ended(ended[0], os.waitstatus_to_exitcode(ended[1]))

    def _ended(self, pid: int, status: int) -> None:
        if (child := self._children.pop(pid, None)) is None:
            return  # of a process that ended before its parent did, where this one is the first
        child.hear()
        self._let_go(child.line)
        if child.key and child.command and not child.has_begun:
            # The worker grew old, or was killed, before it saw what it had been given.
            self._fork_for_command(child.key, child.command)
        else:
            self._let_command_go(child)
        if pid == self._worker:
            self._worker = None
            self._worker_faults = self._worker_faults + 1 if status else 0
            self._worker_due = time.monotonic() + _pause_after(self._worker_faults)
            if not self._is_leaving and state_of_code() != self._code:
                self._load_again()
        if status and child.run_id:
            logger.warning("the process of run %s ended with %d", child.run_id, status)
            settings, run_id = self._settings, child.run_id
            self._fork(lambda _: report_lost(settings, run_id, status))

    def _look_after_worker(self) -> None:
        if self._is_leaving and self._worker is not None:
            # Its line tells it, between two imports.
            with suppress(OSError):
                self._children[self._worker].line.shutdown(socket.SHUT_WR)
        elif self._seconds_until_worker() == 0:
            self._worker = self._fork(partial(work, self._settings, self._code))

    def _seconds_until_worker(self) -> float | None:
        if self._worker is not None or self._is_leaving:
            return None
        return max(0.0, self._worker_due - time.monotonic())

    def _fork(
        self,
        do: Callable[[socket.socket], None],
        *,
        run_id: str = "",
        command: socket.socket | None = None,
    ) -> int:
        """Let a child do something; it is given its line to this server."""
        ours, line = socket.socketpair()
        if pid := os.fork():
            line.close()
            ours.settimeout(0)
            child = self._children[pid] = Child(ours, run_id, command)
            self._selector.register(ours, selectors.EVENT_READ, lambda _: self._hear(child))
            return pid
        status = 1
        try:
            ours.close()
            self._become_child()
            do(line)
            status = 0
        except (DatabaseUnavailable, psycopg.OperationalError) as error:
            logger.warning("PostgreSQL is away: %s", type(error).__name__)
        except KeyboardInterrupt:
            status = _INTERRUPTED
        except BaseException as error:  # noqa: BLE001 - nothing may run on as a second server
            # Its text may have a patient's values.
            logger.error("a child ended with %s", type(error).__name__)  # noqa: TRY400
        finally:
            # Past whatever the server would do at its end.
            os._exit(status)

    def _become_child(self) -> None:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        # Dagster takes SIGTERM for an interrupt, too, as long as a run is under way.
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, signal.default_int_handler)
        # What a child keeps open would not end for others when the server, or a sibling, ends.
        self.close()

    def _hear(self, child: Child) -> None:
        if not child.hear():
            with suppress(KeyError):
                self._selector.unregister(child.line)
        elif child.has_begun and not child.run_id:
            self._let_command_go(child)  # the worker told it the end

    def _let_command_go(self, child: Child) -> None:
        if child.command:
            self._let_go(child.command)
        child.command, child.key, child.has_begun = None, "", False

    def _let_go(self, connection: socket.socket) -> None:
        with suppress(KeyError):
            self._selector.unregister(connection)
        connection.close()

    def _load_again(self) -> None:
        logger.info("the code changed, so it is loaded anew when the runs under way are over")
        self._leave(starts_again=True)


def _pause_after(faults: int) -> float:
    return min(PAUSE_SECONDS * 2.0 ** (faults - 1), LONGEST_PAUSE_SECONDS) if faults else 0.0


def _say(connection: socket.socket, *, taken: bool) -> None:
    connection.sendall(json.dumps({"taken": taken}).encode() + b"\n")


def main() -> None:
    """Load everything, then serve."""
    code = state_of_code()
    settings = Settings()
    set_up_logs(settings)
    # Dagster's storage loads it in each child, and it tells of each of its plugins.
    logging.getLogger("alembic").setLevel(logging.WARNING)
    os.umask(PRIVATE_UMASK)
    defs.resolve_all_job_defs()
    for name in _LOADED_LATE:
        importlib.import_module(name)
    languages()
    # What is loaded now stays; a collection need not look through it, nor copy its pages.
    gc.collect()
    gc.freeze()
    with closing(RunServer(settings, code)) as server:
        starts_again = server.serve()
    if starts_again:
        load_again()
    # Modules look at the end for what they have leaked, and what is frozen counts as that.
    gc.unfreeze()


if __name__ == "__main__":
    main()
