"""Where the bytes of a roster come from: a local file today, object storage tomorrow."""

from pathlib import Path
from typing import BinaryIO, Literal, Protocol


class ByteSource(Protocol):
    """Bytes that can be read from their start as often as needed.

    `pathlib.Path` is one. A source in object storage gives a file that fetches what is read.
    """

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Open the bytes at their start; the caller closes the file."""


class KeptBytes(ByteSource, Protocol):
    """Bytes that are in a file of this machine."""

    @property
    def path(self) -> Path:
        """The file, for readers that open it themselves."""


LocalBytes = Path | KeptBytes
"""A file of this machine, or what opens it."""


def path_of(source: LocalBytes) -> Path:
    """The file of this machine that has the bytes."""
    return source if isinstance(source, Path) else source.path
