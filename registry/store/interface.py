"""What every make of store does."""

import hashlib
from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Protocol, Self


@dataclass(frozen=True)
class Stored:
    """What is kept under a key. `version` changes with the bytes; folders have none."""

    key: str
    byte_count: int
    written_at: datetime
    version: str | None = None


class ObjectChangedError(OSError):
    """Another object has the key now."""


class Draft(ABC):
    """Bytes in the making, hashed as they are written; nobody sees them before they are placed.

    At the end of a `with` the draft is removed, unless it was placed.
    """

    def __init__(self) -> None:
        self.byte_count = 0
        self._sha256 = hashlib.sha256()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.end()

    def write(self, data: bytes, /) -> int:
        """Add bytes.

        Raises:
            OSError: the store refuses them.
        """
        self._add(data)
        self._sha256.update(data)
        self.byte_count += len(data)
        return len(data)

    @property
    def sha256(self) -> str:
        """The sha256 of what was written so far, in hexadecimal."""
        return self._sha256.hexdigest()

    @abstractmethod
    def _add(self, data: bytes) -> None: ...

    @abstractmethod
    def settle(self) -> None:
        """Bring what was written so far out of memory, where the make has it there.

        Raises:
            OSError: the store refuses.
        """

    @abstractmethod
    def place(self, key: str) -> None:
        """Put the bytes under a key for good, in place of others; it survives a power cut.

        Raises:
            OSError: the store refuses; what was under the key before is still there.
        """

    @abstractmethod
    def end(self) -> None:
        """Remove the draft, unless it was placed. Never fails."""


class Store(Protocol):
    """Bytes under keys.

    Everything that goes wrong is an OSError whose `strerror` an operator may read: it names neither
    a key nor a value. FileNotFoundError means that there is nothing under the key.
    """

    def begin(self, area: str, *, download_name: str | None = None, sole: bool = False) -> Draft:
        """Start a draft that will be placed below `area`, such as `archive`.

        Args:
            area: the beginning of the key.
            download_name: how a browser shall call the file, if it gets it by a link.
            sole: nobody else writes below `area`, so that a draft there was left by a process
                that was killed; it is removed.
        """

    def put(self, key: str, data: bytes) -> None:
        """Keep a few bytes under a key for good, in place of others."""

    def read(self, key: str) -> bytes:
        """All bytes under a key, for what is small."""

    def file(self, key: str, sha256: str) -> Path:
        """A file of this machine with the bytes under the key.

        A bucket's bytes are fetched; if a copy is here whose sha256 is right, it is taken. The
        caller checks what it reads: the bytes in the store may be damaged.
        """

    def copy(self, key: str, target: str) -> None:
        """Let `target` have the bytes under `key` as well, in place of others."""

    def find(self, key: str) -> Stored | None:
        """What is known of the bytes under a key; None if there are none."""

    def list(self, prefix: str) -> Iterator[Stored]:
        """Everything whose key begins with `prefix/`, in no order; no drafts."""

    def delete(self, key: str) -> None:
        """Remove what is under a key, if anything is."""

    def move(self, key: str, target: str) -> None:
        """Give what is under a key another key, in place of what is there."""

    def link(self, key: str, seconds: int) -> str | None:
        """An address from which anybody can fetch the bytes for a while; None: it cannot sign."""

    def place_of(self, key: str) -> str:
        """How people call the place: a path or the bucket's address."""

    def sweep(self, older_than_seconds: float) -> None:
        """Remove drafts that processes left which were killed, and copies that nobody used."""
