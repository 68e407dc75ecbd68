"""The supervisor: starts again what `up` started, when it ended and nobody stopped it.

Each second it looks at the pid files of the services and at the embedded PostgreSQL. What ends
again and again is started again after longer and longer pauses. `down` removes the supervisor's
own pid file first; then it ends by itself, at the latest when it next looks.
"""

import logging
import os
import signal
import sys
import time
from dataclasses import dataclass
from datetime import UTC, datetime

import psutil

from cli.services import background
from cli.services.guard import DONE
from cli.services.listening import CODE, MARTS, SUPERVISOR
from cli.services.restarts import Restart, note_restart
from registry.database.embedded_server import find_postmaster, start_embedded
from registry.logs import set_up_logs
from registry.processes import is_alive, read_pid_file
from registry.settings import Settings
from schemas.errors import RosterlineError

logger = logging.getLogger(__name__)

LOOK_SECONDS = 1.0
PAUSES = (0.0, 2.0, 5.0, 15.0, 60.0, 300.0)
"""Before each further start of the same thing; the last one repeats."""
LOOK_AT_CODE_SECONDS = 10.0
HEADLESS_SECONDS = 60.0
"""How long a code server may take until it has started the process that holds its code."""

STEADY_SECONDS = 600.0
"""What ran so long begins with the first pause again."""

POSTGRESQL = "postgresql"


@dataclass(frozen=True)
class Tries:
    """How often something was started again in a row, and when it was last."""

    count: int = 0
    last: float = 0.0

    def is_due(self, now: float) -> bool:
        """Whether the pause after the last start is over; times are of `time.monotonic()`."""
        return now >= self.last + PAUSES[min(self.count, len(PAUSES) - 1)]

    def next(self, now: float) -> "Tries":
        """The tries once another one is made now."""
        steady = now - self.last > STEADY_SECONDS
        return Tries(1 if steady else self.count + 1, now)


class Supervisor:
    """Looks after the services of one home."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._tries: dict[str, Tries] = {}
        self._is_stopped = False
        self._next_look_at_code = 0.0

    def stop(self, *_: object) -> None:
        """End after the present look: a process that no pid file names must not be left."""
        self._is_stopped = True

    def look(self, now: float) -> bool:
        """Start again what ended; False once this supervisor is not wanted any more.

        `now` is `time.monotonic()`.
        """
        with background.services_lock(self._settings):
            if not self._is_wanted():
                return False
            self._look_after_database(now)
            if now >= self._next_look_at_code:
                self._next_look_at_code = now + LOOK_AT_CODE_SECONDS
                self._end_headless_code_servers()
            for each in background.status(self._settings):
                if each.ended and each.name != SUPERVISOR:
                    self._try(each.name, now)
        return True

    def _is_wanted(self) -> bool:
        if self._is_stopped:
            return False
        file = background.pid_file(self._settings, SUPERVISOR)
        guard = read_pid_file(file)
        if guard is None and file.exists():
            # Killed, and not stopped: another guard, with a supervisor of its own, takes over.
            self._start(SUPERVISOR)
            note_restart(self._settings, Restart(datetime.now(UTC), SUPERVISOR))
            return False
        return guard is not None and guard.pid == os.getppid()

    def _look_after_database(self, now: float) -> None:
        if self._settings.is_embedded and find_postmaster(self._settings) is None:
            self._try(POSTGRESQL, now)

    def _end_headless_code_servers(self) -> None:
        """End a code server whose process that holds the code is gone: it starts no other one."""
        for name in (CODE, MARTS):
            server = read_pid_file(background.pid_file(self._settings, name))
            if server is None:
                continue
            try:
                is_new = time.time() - server.create_time() < HEADLESS_SECONDS
                if not is_new and not any(map(_holds_code, server.children())):
                    logger.warning("%s lost the process that holds its code", name)
                    server.kill()
            except psutil.NoSuchProcess:
                continue  # it is started again like any other

    def _try(self, name: str, now: float) -> None:
        tries = self._tries.get(name, Tries())
        if not tries.is_due(now):
            return
        self._tries[name] = tries.next(now)
        fault = None
        try:
            self._start(name)
        except (RosterlineError, OSError) as error:
            fault = str(error) if isinstance(error, RosterlineError) else type(error).__name__
        said = "started again" if fault is None else f"could not be started: {fault}"
        logger.warning("%s ended by itself; %s", name, said)
        note_restart(self._settings, Restart(datetime.now(UTC), name, fault))

    def _start(self, name: str) -> None:
        if name == POSTGRESQL:
            start_embedded(self._settings)
            return
        background.launch(self._settings, name, os.environ)


def _holds_code(process: psutil.Process) -> bool:
    return {"api", "grpc"} <= set(process.cmdline()) and is_alive(process)


def main() -> None:
    """Look after the services of the home that the environment names."""
    settings = Settings()
    set_up_logs(settings)
    supervisor = Supervisor(settings)
    signal.signal(signal.SIGTERM, supervisor.stop)
    while supervisor.look(time.monotonic()):
        time.sleep(LOOK_SECONDS)
    sys.exit(DONE)


if __name__ == "__main__":
    main()
