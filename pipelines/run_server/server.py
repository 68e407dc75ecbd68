"""The run server: `python -m pipelines.run_server.server`.

To load the libraries of the stages takes longer than to import a small file. So one process loads
them once and does nothing else: it forks a process for each run that the launcher hands out
(`pipelines/run_launchers/warm.py`) or a command asks for, and keeps one for small files. The
children share its memory. It has no connection and no pool of threads that a fork could tear apart:
DuckDB, Polars and Arrow start theirs with their first work, which is done in a child.

If it is killed, runs that are under way go on, and further ones start beside the code server; if a
child is killed, Dagster is told. When the code on disk changes, it refuses, and starts itself anew.
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
from contextlib import suppress
from mmap import mmap

import psycopg

from pipelines.ask_run_server import EXECUTE, IMPORT, TERMINATE, settings_of_runs
from pipelines.definitions import defs
from pipelines.process_environment import runs_socket
from pipelines.run_server.children import execute_run, report_lost, run_for_command
from pipelines.run_server.loaded_code import load_again, state_of_code
from pipelines.run_server.small_files import work
from registry.logs import set_up_logs
from registry.processes import PRIVATE_UMASK
from registry.settings import Settings
from schemas.errors import DatabaseUnavailable

logger = logging.getLogger("rosterline.runs")

PAUSE_SECONDS = 2.0
"""Before the worker of small files is forked again, so that one that fails at once costs little."""

REQUEST_SECONDS = 1.0
_LONGEST_REQUEST = 1024**2
_NO_RUN = b" " * 36


class RunServer:
    """Listens, forks and reaps; `serve` returns after SIGTERM."""

    def __init__(self, settings: Settings, code: int) -> None:
        self._settings, self._code = settings, code
        self._runs: dict[int, str] = {}
        """Run by process."""
        self._commands: dict[int, socket.socket] = {}
        """By process, the command that waits for it."""
        self._worker: int | None = None
        self._worker_due = 0.0
        self._worker_run = mmap(-1, len(_NO_RUN))
        self._is_over = False
        self._selector = selectors.DefaultSelector()
        self._signals, wakes = socket.socketpair()
        for each in (self._signals, wakes):
            each.settimeout(0)
        self._wakes = wakes

    def serve(self) -> None:
        """Serve until SIGTERM or Ctrl-C. Runs that are under way are not interrupted by its end."""
        signal.set_wakeup_fd(self._wakes.fileno())
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._end)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        path = runs_socket(self._settings)
        path.unlink(missing_ok=True)
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(str(path))
            listener.listen(64)
            self._selector.register(listener, selectors.EVENT_READ, self._accept)
            self._selector.register(self._signals, selectors.EVENT_READ, self._signalled)
            while not self._is_over:
                self._keep_worker()
                for key, _ in self._selector.select(self._seconds_until_worker()):
                    key.data(key.fileobj)
        path.unlink(missing_ok=True)

    def _end(self, *_: object) -> None:
        self._is_over = True

    def _accept(self, listener: socket.socket) -> None:
        connection, _ = listener.accept()
        connection.settimeout(REQUEST_SECONDS)
        kept = False
        with suppress(OSError, ValueError, KeyError):
            line = b""
            while not line.endswith(b"\n") and len(line) < _LONGEST_REQUEST:
                if not (read := connection.recv(65536)):
                    break
                line += read
            kept = self._answer(json.loads(line), connection) if line else False
        if not kept:
            connection.close()

    def _answer(self, request: dict[str, str], connection: socket.socket) -> bool:
        """Do what is asked. Returns whether the connection is kept for a second answer."""
        what = request["do"]
        if what == TERMINATE:
            _say(connection, taken=self._interrupt(request["run_id"]))
            return False
        if state_of_code() != self._code:
            _say(connection, taken=False)
            self._load_again()
        if what == EXECUTE:
            settings, run_id = self._settings, request["run_id"]
            self._runs[self._fork(lambda: execute_run(settings, run_id))] = run_id
            _say(connection, taken=True)
            return False
        is_ours = what == IMPORT and request["settings"] == settings_of_runs(self._settings)
        _say(connection, taken=is_ours)
        if is_ours:
            settings, key = self._settings, request["key"]
            connection.settimeout(None)
            pid = self._fork(lambda: run_for_command(settings, key, connection))
            self._commands[pid] = connection
            self._selector.register(connection, selectors.EVENT_READ, self._command_left)
        return is_ours

    def _command_left(self, connection: socket.socket) -> None:
        """The command that waits for a run ended, or was interrupted."""
        self._selector.unregister(connection)
        for pid, waits in self._commands.items():
            if waits is connection:
                os.kill(pid, signal.SIGINT)

    def _interrupt(self, run_id: str) -> bool:
        pids = [pid for pid, run in self._runs.items() if run == run_id]
        if self._worker and self._worker_run[:36] == run_id.encode():
            pids.append(self._worker)
        for pid in pids:
            os.kill(pid, signal.SIGINT)
        return bool(pids)

    def _signalled(self, signals: socket.socket) -> None:
        signals.recv(4096)
        while True:
            try:
                pid, status = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                return
            if pid == 0:
                return
            self._ended(pid, os.waitstatus_to_exitcode(status))

    def _ended(self, pid: int, status: int) -> None:
        run_id = self._runs.pop(pid, None)
        if (connection := self._commands.pop(pid, None)) is not None:
            with suppress(KeyError, ValueError):
                self._selector.unregister(connection)
            connection.close()
        if pid == self._worker:
            self._worker, self._worker_due = None, time.monotonic() + PAUSE_SECONDS * bool(status)
            run_id = self._worker_run[:36].decode().strip() or None
            self._worker_run[:36] = _NO_RUN
            if state_of_code() != self._code:
                self._load_again()
        if status and run_id:
            logger.warning("the process of run %s ended with %d", run_id, status)
            settings, lost = self._settings, run_id
            self._fork(lambda: report_lost(settings, lost, status))

    def _keep_worker(self) -> None:
        if self._worker is None and time.monotonic() >= self._worker_due:
            settings, code, run = self._settings, self._code, self._worker_run
            self._worker = self._fork(lambda: work(settings, code, run))

    def _seconds_until_worker(self) -> float | None:
        return max(0.0, self._worker_due - time.monotonic()) if self._worker is None else None

    def _fork(self, do: Callable[[], None]) -> int:
        if pid := os.fork():
            return pid
        status = 1
        try:
            self._selector.close()
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # Dagster takes SIGTERM for an interrupt, too, as long as a run is under way.
            signal.signal(signal.SIGINT, signal.default_int_handler)
            signal.signal(signal.SIGTERM, signal.default_int_handler)
            do()
            status = 0
        except (DatabaseUnavailable, psycopg.OperationalError) as error:
            logger.warning("PostgreSQL is away: %s", type(error).__name__)
        except KeyboardInterrupt:
            status = 0
        except BaseException as error:  # noqa: BLE001 - nothing may run on as a second server
            # Its text may have a patient's values.
            logger.error("a child ended with %s", type(error).__name__)  # noqa: TRY400
        finally:
            # Past whatever the server would do at its end.
            os._exit(status)

    def _load_again(self) -> None:
        logger.info("the code changed, so it is loaded anew")
        load_again()


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
    # Dagster loads it by its name in `dagster.yaml`, and Alembic with it.
    importlib.import_module("pipelines.storage")
    # What is loaded now stays; a collection need not look through it, nor copy its pages.
    gc.collect()
    gc.freeze()
    RunServer(settings, code).serve()


if __name__ == "__main__":
    main()
