"""Which container a file is, by its first bytes and, for a zip archive, by what is in it."""

import lzma
import zipfile
import zlib
from typing import IO, Literal

from rosters.byte_source import ByteSource
from rosters.containers.seals import HEAD_BYTES, Seal, begins_as_sealed, seal_of
from schemas.errors import FileFault

Container = Literal["gzip", "zip", "workbook"]

_GZIP = b"\x1f\x8b"
_OLD_OFFICE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ZIP = (b"PK\x03\x04", b"PK\x05\x06")
_LONGEST_DIRECTORY_BYTES = 1 << 22
"""Some 40,000 files with names of 50 letters."""
_OPEN_DOCUMENT = b"application/vnd.oasis.opendocument"

UNREADABLE = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    EOFError,
    RuntimeError,
    ValueError,
    KeyError,
)
"""What Python's zipfile and gzip raise for archives that are damaged, or packed as they cannot."""


def begins_as_container(data: bytes) -> bool:
    """Whether a file with this beginning (8 bytes or more) is a container, whole or damaged."""
    return data.startswith((_GZIP, _OLD_OFFICE, *_ZIP)) or begins_as_sealed(data[:HEAD_BYTES])


def container_of(source: ByteSource) -> Container | Seal | None:
    """The container that the bytes are; None where they are none that can be opened.

    Raises:
        FileFault: they begin as a zip archive and are damaged, or hold far too many files, or are a
            key or a signature.
    """
    with source.open("rb") as file:
        head = file.read(HEAD_BYTES)
        if head.startswith(_GZIP):
            return "gzip"
        if head.startswith(_OLD_OFFICE):
            return "workbook"  # or another document of old Office, which its reader finds out
        if not head.startswith(_ZIP):
            return seal_of(head)
        _refuse_long_directory(file)
        try:
            with zipfile.ZipFile(file) as archive:
                return "workbook" if _is_workbook(archive) else "zip"
        except UNREADABLE as error:
            raise damaged("zip archive or workbook") from error


def damaged(what: str) -> FileFault:
    """The fault of a container that is cut off, or has other bytes than it should have."""
    return FileFault(
        "cannot_be_opened",
        f"the file is a {what} that is damaged or cut off; make it again and send it again",
    )


def _refuse_long_directory(file: IO[bytes]) -> None:
    """Refuse a zip archive whose list of files alone would fill the memory.

    Python's zipfile reads all of it when it opens an archive.
    """
    end = zipfile._EndRecData(file)  # type: ignore[attr-defined]  # noqa: SLF001
    if end is not None and end[zipfile._ECD_SIZE] > _LONGEST_DIRECTORY_BYTES:  # type: ignore[attr-defined]  # noqa: SLF001
        raise FileFault(
            "too_many_members",
            "the archive holds far more files than may be looked at; send several smaller archives",
        )


def _is_workbook(archive: zipfile.ZipFile) -> bool:
    names = archive.namelist()
    if any(name.startswith("xl/") for name in names):
        return True
    if "mimetype" not in names or archive.getinfo("mimetype").compress_type != zipfile.ZIP_STORED:
        return False
    with archive.open("mimetype") as file:
        return file.read(len(_OPEN_DOCUMENT)) == _OPEN_DOCUMENT
