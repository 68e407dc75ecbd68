"""Writes the log of one service: what it reads on its standard input, line by line, into a file.

    python -I -S log_writer.py FILE text|json MAX_BYTES FILES < the service's output

It alone writes the file, so it can rotate it between two lines and lose none: `api.log` becomes
`api.log.1`. As JSON, a line that is no object yet, such as one of a library, of dbt or of a
traceback, becomes the `message` of one. It ends when the service and its child processes have.

It imports little, since there is one for each service.
"""

import fcntl
import json
import os
import re
import signal
import sys
from datetime import UTC, datetime
from pathlib import Path

READ_BYTES = 1 << 16
LONGEST_BYTES = 1 << 20
"""A line that is longer is written in pieces."""

_IMPORT = re.compile(r"\bimport=([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\b")
_LEVEL = re.compile(r"\b(DEBUG|INFO|WARNING|ERROR|CRITICAL)\b")
"""As Dagster's console and Python's own text formats name it, near the beginning of a line."""


class Log:
    """A log file that is rotated once it is larger than `max_bytes`; `files` rotated ones stay."""

    def __init__(self, path: Path, max_bytes: int, files: int) -> None:
        self._path, self._max_bytes, self._files = path, max_bytes, files
        self._file = self._open()

    def write(self, line: bytes) -> None:
        """Append a line; without room on the disk, the line is dropped."""
        try:
            if os.fstat(self._file).st_size + len(line) > self._max_bytes:
                self._rotate()
            os.write(self._file, line)
        except OSError:
            return

    def _open(self) -> int:
        return os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)

    def _rotate(self) -> None:
        fcntl.flock(self._file, fcntl.LOCK_EX)
        # The writer of an earlier process of the service, of which a run is left, may have done so.
        own = os.fstat(self._file)
        if own.st_size and self._path.exists() and os.path.samestat(own, self._path.stat()):
            for number in range(self._files - 1, 0, -1):
                if self._rotated(number).exists():
                    self._rotated(number).replace(self._rotated(number + 1))
            self._path.replace(self._rotated(1))
        new = self._open()
        os.close(self._file)
        self._file = new

    def _rotated(self, number: int) -> Path:
        return self._path.with_name(f"{self._path.name}.{number}")


def as_object(line: bytes, service: str) -> bytes:
    """A line as one JSON object, with `import_id` if it is about an import.

    What is an object already stays as it is, but for that.
    """
    text = line.decode(errors="replace")
    about = _IMPORT.search(text)
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        level = _LEVEL.search(text, 0, 200)
        said = {
            "time": datetime.now(UTC).isoformat(),
            "level": level[1] if level else "INFO",
            "logger": service,
            "message": text.rstrip("\r\n"),
        }
    elif about is None or "import_id" in said:
        return line
    if about is not None:
        said["import_id"] = about[1]
    return json.dumps(said, ensure_ascii=False).encode(errors="replace") + b"\n"


def copy(source: int, log: Log, service: str, *, as_json: bool) -> None:
    """Copy all lines of a file descriptor into the log, until its end."""
    rest = b""
    while data := os.read(source, READ_BYTES):
        *lines, rest = (rest + data).split(b"\n")
        if len(rest) > LONGEST_BYTES:
            lines, rest = [*lines, rest], b""
        for line in lines:
            _write(line, log, service, as_json=as_json)
    if rest:
        _write(rest, log, service, as_json=as_json)


def _write(line: bytes, log: Log, service: str, *, as_json: bool) -> None:
    if as_json and not line.strip():
        return
    log.write(as_object(line + b"\n", service) if as_json else line + b"\n")


def main(path: str, log_format: str, max_bytes: str, files: str) -> None:
    """Copy the standard input until its end, whatever signals come meanwhile."""
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    file = Path(path)
    copy(0, Log(file, int(max_bytes), int(files)), file.stem, as_json=log_format == "json")


if __name__ == "__main__":
    main(*sys.argv[1:])
