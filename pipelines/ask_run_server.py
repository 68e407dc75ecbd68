"""Asking the run server of this home over its socket: one line of JSON each way.

Commands load this, so it does without Dagster.
"""

import hashlib
import json
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from pipelines.process_environment import runs_socket
from registry.ledger.imports import Import
from registry.settings import Settings
from schemas.errors import RosterlineError

EXECUTE, IMPORT, TERMINATE = "execute", "import", "terminate"

SMALL_BYTES = 2 * 1024**2
"""Up to this size the worker of small files takes an import: some 8,000 rows, which take two
seconds. A larger file would hold up those behind it, and is run in a process of its own."""

ANSWER_SECONDS = 5.0
"""For what the server does at once: it forks, or sends a signal."""

_LONGEST_LINE = 1024**2


class RunFailed(RosterlineError):
    """A run ended with an error that the file did not cause; the import stays unfinished."""

    code = "run_failed"


def execute(settings: Settings, run_id: str) -> bool:
    """Have a run of Dagster executed; False where no server took it."""
    return _asked(settings, {"do": EXECUTE, "run_id": run_id})


def terminate(settings: Settings, run_id: str) -> bool:
    """Interrupt a run, as Ctrl-C would; False where no server has it."""
    return _asked(settings, {"do": TERMINATE, "run_id": run_id})


def import_now(settings: Settings, imported: Import) -> bool:
    """Have a waiting import run, and return at the end of the run; False where no server took it.

    If this process ends meanwhile, the run is interrupted.

    Raises:
        RunFailed: the run ended with an error, or its process was killed.
    """
    try:
        with _connected(settings) as connection:
            _send(connection, request_of(settings, imported))
            if not _answer(connection).get("taken"):
                return False
            connection.settimeout(None)
            ended = _answer(connection)
    except OSError:
        return False
    if not ended:
        raise RunFailed(
            f"the process of the run of import {imported.partition_key} was killed; the import can "
            "be continued"
        )
    if error := ended.get("error"):
        raise RunFailed(error["said"], advice=error["advice"])
    return True


def request_of(settings: Settings, imported: Import) -> Mapping[str, object]:
    """What a command asks, to have an import run."""
    return {
        "do": IMPORT,
        "key": imported.partition_key,
        "is_small": imported.byte_count <= SMALL_BYTES,
        # With other settings than the server's, the command does it itself.
        "settings": digest_of(settings),
    }


def digest_of(settings: Settings) -> str:
    """A digest of the settings but the addresses of logins: a service has only its own."""
    own = settings.as_environment()
    kept = sorted(each for each in own.items() if not each[0].endswith("DATABASE_URL"))
    return hashlib.sha256(json.dumps(kept).encode()).hexdigest()


def _asked(settings: Settings, request: Mapping[str, object]) -> bool:
    try:
        with _connected(settings) as connection:
            _send(connection, request)
            return bool(_answer(connection).get("taken"))
    except OSError:
        return False


@contextmanager
def _connected(settings: Settings) -> Iterator[socket.socket]:
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(ANSWER_SECONDS)
        connection.connect(str(runs_socket(settings)))
        yield connection


def _send(connection: socket.socket, said: Mapping[str, object]) -> None:
    connection.sendall(json.dumps(said).encode() + b"\n")


def _answer(connection: socket.socket) -> dict[str, Any]:
    """The next line; empty where the other side closed the connection."""
    line = b""
    # Byte for byte: a second answer may follow the first at once.
    while not line.endswith(b"\n") and len(line) < _LONGEST_LINE:
        if not (byte := connection.recv(1)):
            return {}
        line += byte
    return dict(json.loads(line))
