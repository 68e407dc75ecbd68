"""Where the bytes of a roster come from: a local file today, object storage tomorrow."""

from typing import BinaryIO, Literal, Protocol


class ByteSource(Protocol):
    """Bytes that can be read from their start as often as needed.

    `pathlib.Path` is one. A source in object storage gives a file that fetches what is read.
    """

    def open(self, mode: Literal["rb"], /) -> BinaryIO:
        """Open the bytes at their start; the caller closes the file."""
