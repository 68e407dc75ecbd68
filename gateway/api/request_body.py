"""The body of an upload, written as it comes: unpacked, counted, never more than allowed."""

import zlib
from http import HTTPStatus

from gateway.api.problems import Refused
from registry.landing.archive_copy import ArchiveCopy

_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 31
_PIECE_BYTES = 1024 * 1024


class RequestBody:
    """Writes a body to `target`; a gzip stream is unpacked on the way.

    A gzip stream is known by its first two bytes, which no CSV begins with. `room` is how many
    bytes its account may still keep, None for any number.
    """

    def __init__(self, target: ArchiveCopy, max_bytes: int, room: int | None = None) -> None:
        self._target = target
        self._max_bytes = max_bytes
        self._room = room
        self._count = 0
        self._head = b""
        self._unpack: zlib._Decompress | None = None
        self._begun = False

    def write(self, data: bytes) -> None:
        """Take the next bytes.

        Raises:
            Refused: there are too many, or more than the account has room for, or they are a broken
                gzip stream.
        """
        if not self._begun:
            self._head += data
            if len(self._head) < len(_GZIP):
                return
            data, self._begun = self._head, True
            if data.startswith(_GZIP):
                self._unpack = zlib.decompressobj(_GZIP_WINDOW)
        if self._unpack is None:
            self._keep(data)
        else:
            self._write_unpacked(data)

    def finish(self) -> None:
        """Write the rest; all bytes have come.

        Raises:
            Refused: a gzip stream is cut off.
        """
        if not self._begun:
            self._keep(self._head)
        elif self._unpack is not None and not self._unpack.eof:
            raise _broken()

    def _write_unpacked(self, data: bytes) -> None:
        unpack = self._unpack
        try:
            while data and unpack is not None:
                if unpack.eof:  # a further member, as `cat a.gz b.gz` makes
                    self._unpack = unpack = zlib.decompressobj(_GZIP_WINDOW)
                # A piece at a time, because a few bytes can unpack to more than the memory holds.
                self._keep(unpack.decompress(data, _PIECE_BYTES))
                data = unpack.unused_data if unpack.eof else unpack.unconsumed_tail
        except zlib.error as error:
            raise _broken() from error

    def _keep(self, data: bytes) -> None:
        self._count += len(data)
        if self._count > self._max_bytes:
            raise too_large(self._max_bytes)
        if self._room is not None and self._count > self._room:
            raise Refused(
                HTTPStatus.INSUFFICIENT_STORAGE,
                f"this account may keep {self._room:,} bytes more, and the file has more than "
                "that; ask the operator for more",
            )
        self._target.write(data)


def too_large(max_bytes: int) -> Refused:
    """The refusal of a body that is, or says it is, larger than `max_bytes`."""
    return Refused(
        HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
        f"more than {max_bytes:,} bytes are not taken; split the file",
    )


def _broken() -> Refused:
    return Refused(HTTPStatus.BAD_REQUEST, "the gzip stream is broken or cut off; send it again")
