"""FileZilla's engine: fzsftp, the program that FileZilla runs for each SFTP connection.

FileZilla writes commands to it, one a line, and reads events from it: one character for the kind of
the event, then a known number of lines. The bytes of files pass through shared memory.
"""

import mmap
import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import IO, ClassVar

from tests.gateway.sftp.client_matrix.driver import (
    KEY,
    OWN_TEMPORARY_NAME,
    SECONDS,
    Driver,
    Outcome,
)

REPLY, DONE, ERROR, VERBOSE, STATUS = 0, 1, 2, 3, 5
LIST_ENTRY, ASK_HOST_KEY, ASK_PASSWORD = 8, 9, 12
MAY_RECEIVE, MAY_SEND, HOW_LARGE, OPEN, NEXT_BLOCK, LAST_BLOCK = 16, 17, 26, 27, 28, 29
LINES = {MAY_RECEIVE: 0, MAY_SEND: 0, HOW_LARGE: 0, LIST_ENTRY: 3, ASK_HOST_KEY: 2}
"""How many lines follow the character; one if the event is not here."""
MEMORY_BYTES = 256 * 1024


class Engine:
    """A running fzsftp. It answers what the engine asks, as FileZilla does."""

    def __init__(self, environment: Mapping[str, str], password: str) -> None:
        self._password = password
        self._descriptor = os.memfd_create("fzsftp")
        os.ftruncate(self._descriptor, MEMORY_BYTES)
        self._memory = mmap.mmap(self._descriptor, MEMORY_BYTES)
        self._file: IO[bytes] | None = None
        self.said: list[str] = []
        self._process = subprocess.Popen(
            [str(shutil.which("timeout")), str(SECONDS), "fzsftp", "-v"],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, pass_fds=[self._descriptor],
            env=environment,
        )  # fmt: skip
        self._until_done()

    def order(self, line: str, local: Path | None = None, mode: str = "rb") -> bool:
        """Whether the engine did it."""
        self._file = local.open(mode) if local is not None else None
        self._send(line)
        done = self._until_done()
        if self._file is not None:
            self._file.close()
        return done

    def end(self) -> None:
        """End the program."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(SECONDS)
        self._process.stdout.close()
        self._memory.close()
        os.close(self._descriptor)

    def _send(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(f"{line}\n".encode())
        self._process.stdin.flush()

    def _until_done(self) -> bool:
        stdout = self._process.stdout
        assert stdout is not None
        while kind := stdout.read(1):
            event = kind[0] - ord("0")
            lines = [stdout.readline().decode().rstrip("\n") for _ in range(LINES.get(event, 1))]
            if event in (REPLY, ERROR, VERBOSE, STATUS, LIST_ENTRY):
                self.said += lines[:1]
            if event in (REPLY, DONE):
                return event == REPLY or lines == ["1"]
            if (answer := self._answer(event, lines)) is not None:
                self._send(answer)
        return False

    def _answer(self, event: int, lines: list[str]) -> str | None:
        match event:
            case _ if event == ASK_HOST_KEY:
                return "y"
            case _ if event == ASK_PASSWORD:
                return self._password
            case _ if event in (MAY_RECEIVE, MAY_SEND):
                return f"-{event - MAY_RECEIVE}-"  # as fast as it likes
            case _ if event in (HOW_LARGE, OPEN, NEXT_BLOCK, LAST_BLOCK):
                assert self._file is not None
                return self._transfer(self._file, event, int(lines[0]) if lines else 0)
        return None

    def _transfer(self, file: IO[bytes], event: int, number: int) -> str:
        if event == HOW_LARGE:
            return f"-{os.fstat(file.fileno()).st_size}"
        if event == OPEN:
            file.seek(number)
            return f"-{self._descriptor} {MEMORY_BYTES} {number}"
        if not file.writable():
            block = file.read(MEMORY_BYTES)
            self._memory[: len(block)] = block
            return f"-0 {len(block)}" if block else "-"
        file.write(self._memory[:number])
        return f"-0 {MEMORY_BYTES}" if event == NEXT_BLOCK else "-1"


class Filezilla(Driver):
    """FileZilla."""

    name = "FileZilla"
    options = "none"
    shown = "rm /{path}: permission denied"
    needs = ("fzsftp", "timeout")
    # With the logon type "Normal", it answers the question for a password, which comes first.
    sign_ins = (KEY, "keyboard-interactive")
    cannot: ClassVar[Mapping[str, str]] = {OWN_TEMPORARY_NAME: "it writes to the final name"}

    def ordered(self, *orders: str, by: str = KEY, **file: object) -> Outcome:
        """What comes of the orders, the last of which may read or write a file."""
        engine = Engine(self.desk.environment, self.desk.password)
        try:
            key = [f'keyfile "{self.desk.key}"'] if by == KEY else []
            opened = [*key, f'open "{self.desk.user}@127.0.0.1" {self.desk.port}']
            *first, last = [*opened, *orders]
            ok = all(engine.order(each) for each in first) and engine.order(last, **file)
        finally:
            engine.end()
        return Outcome(ok, "\n".join(engine.said))

    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        return self.ordered(f'put "{local}" "{remote}"', by=by, local=local)

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        sent = self.put(local, remote)
        seconds = int(local.stat().st_mtime)
        return self.ordered(f'chmtime {seconds} "{remote}"') if sent.ok else sent

    def resume(self, local: Path, remote: str) -> Outcome:
        return self.ordered(f'reput "{local}" "{remote}"', local=local)

    def list(self, folder: str) -> Outcome:
        return self.ordered(f'cd "/{folder}"', "ls")

    def rename(self, old: str, new: str) -> Outcome:
        return self.ordered(f'mv "{old}" "{new}"')

    def get(self, remote: str, local: Path) -> Outcome:
        return self.ordered(f'get "{remote}" "{local}"', local=local, mode="wb")

    def delete(self, remote: str) -> Outcome:
        return self.ordered(f'rm "{remote}"')

    def set_mode(self, remote: str) -> Outcome:
        # It says of every chmod that it failed; what it shows tells that from a refusal.
        said = self.ordered(f'chmod 644 "{remote}"').said
        return Outcome("0200 -> 0644" in said, said)
