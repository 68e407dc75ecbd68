"""What the matrix asks of a client: the same verbs for all, in the client's own words."""

import os
import shutil
import subprocess
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

KEY, PASSWORD, INTERACTIVE = SIGN_INS = ("key", "password", "keyboard-interactive")

RESUME = "resume"
TIMES = "keep times"
LIST = "list"
RENAME = "rename"
DELETE = "delete"
MODE = "set permissions"
OWN_TEMPORARY_NAME = "use a temporary name by itself"
STEPS = (RESUME, TIMES, LIST, RENAME, DELETE, MODE, OWN_TEMPORARY_NAME)
"""What some clients cannot do. All can put, replace and get."""

SECONDS = 20
"""How long a client may take; none takes more than two."""


@dataclass(frozen=True)
class Outcome:
    """What came of it: whether the client calls it done, and all that it said."""

    ok: bool
    said: str


@dataclass(frozen=True)
class Desk:
    """A customer's machine: where its files are, and what the customer signs in with."""

    folder: Path
    port: int
    user: str
    password: str
    key: Path
    """An Ed25519 key in OpenSSH's format, its public part beside it."""
    old_key: Path
    """An ECDSA key in the format of OpenSSL."""

    @property
    def environment(self) -> dict[str, str]:
        """Without settings and keys of whoever runs the tests."""
        kept = {name: os.environ[name] for name in ("PATH", "LANG", "TMPDIR") if name in os.environ}
        # PuTTY and FileZilla look for the home in the list of users, whatever HOME says.
        return {**kept, "HOME": str(self.folder), "PUTTYDIR": str(self.folder / ".putty")}


class Driver(ABC):
    """A client. Remote paths are from the root and without a leading slash."""

    name: ClassVar[str]
    options: ClassVar[str]
    """What a customer gives it, beside address, user and files; for the docs."""
    shown: ClassVar[str]
    """What it shows when a result shall be deleted, or, if it cannot delete, replaced."""
    needs: ClassVar[tuple[str, ...]] = ()
    """The programs that must be installed."""
    sign_ins: ClassVar[tuple[str, ...]] = SIGN_INS
    cannot: ClassVar[Mapping[str, str]] = {}
    """What it cannot do, and why."""
    rename_replaces: ClassVar[bool] = False
    """Whether its rename replaces a file that waits under the new name."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk

    @classmethod
    def missing(cls) -> str | None:
        """What it needs and is not here."""
        return next((each for each in cls.needs if shutil.which(each) is None), None)

    @abstractmethod
    def put(self, local: Path, remote: str, by: str = KEY) -> Outcome:
        """Send a file."""

    @abstractmethod
    def get(self, remote: str, local: Path) -> Outcome:
        """Fetch a file."""

    def put_with_times(self, local: Path, remote: str) -> Outcome:
        """Send a file and let it keep its time of modification."""
        raise NotImplementedError

    def put_by_temporary_name(self, local: Path, remote: str) -> Outcome:
        """Send a file such that the client itself uses a temporary name and renames."""
        raise NotImplementedError

    def resume(self, local: Path, remote: str) -> Outcome:
        """Continue a file that broke off."""
        raise NotImplementedError

    def list(self, folder: str) -> Outcome:
        """List a folder."""
        raise NotImplementedError

    def rename(self, old: str, new: str) -> Outcome:
        """Rename a file."""
        raise NotImplementedError

    def delete(self, remote: str) -> Outcome:
        """Delete a file."""
        raise NotImplementedError

    def set_mode(self, remote: str) -> Outcome:
        """Give a file the permissions rw-r--r--."""
        raise NotImplementedError

    def close(self) -> None:  # noqa: B027 - most leave nothing running
        """End what the client left running."""

    def run(
        self, words: Sequence[str | Path], *, typed: str | None = None, **environment: str
    ) -> Outcome:
        """Run a program of the customer's machine to its end."""
        program = shutil.which(str(words[0])) or str(words[0])
        done = subprocess.run(
            [program, *words[1:]],
            cwd=self.desk.folder,
            env={**self.desk.environment, **environment},
            input=typed if typed is not None else "",
            capture_output=True,
            text=True,
            errors="replace",
            check=False,
            timeout=SECONDS,
        )
        return Outcome(done.returncode == 0, done.stdout + done.stderr)
