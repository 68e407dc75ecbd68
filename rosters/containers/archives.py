"""Archives: the bytes in them, never more than a file may have, under no name of theirs.

A name of a member is shown and is no path here, so `../../etc/passwd` is a name like any other.
"""

import gzip
import zipfile
from pathlib import PurePosixPath
from typing import IO

from rosters.byte_source import ByteSource
from rosters.containers.recognise import UNREADABLE, damaged
from schemas.errors import FileFault

MAX_MEMBERS = 20
_CHUNK_BYTES = 1 << 20
_ENCRYPTED = 1
_METHODS = {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
"""The others need memory that the archive names, up to 4 GiB, before they give a byte."""


def unpack_gzip(source: ByteSource, target: IO[bytes], max_bytes: int, before: int) -> int:
    """Write the bytes in a gzip file to `target`; how many there are, with those `before`.

    Raises:
        FileFault: it is damaged, or these are more than `max_bytes`.
        OSError: they cannot be written.
    """
    with source.open("rb") as file, gzip.open(file) as packed:
        return _copy(packed, target, max_bytes, "gzip file", before)


def members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """The files of a zip archive that may be rosters, in its order.

    Raises:
        FileFault: there are none, or too many, or they need a password or another program.
    """
    infos = archive.infolist()
    if len(infos) > MAX_MEMBERS:
        raise FileFault(
            "several_rosters_inside",
            f"the archive holds {len(infos):,} files, at most {MAX_MEMBERS:,} are looked at; send "
            "the file with the patients by itself",
        )
    found = [info for info in infos if not info.is_dir() and _may_be_roster(info.filename)]
    if not found:
        raise FileFault(
            "no_roster_inside", "the archive holds no file; pack it again and send it again"
        )
    if any(info.flag_bits & _ENCRYPTED for info in found):
        raise needs_password("archive")
    if any(info.compress_type not in _METHODS for info in found):
        raise FileFault(
            "cannot_be_opened",
            "the archive is packed in a way that few programs open; pack it as an ordinary zip "
            "archive and send it again",
        )
    return found


def unpack_member(
    archive: zipfile.ZipFile,
    member: zipfile.ZipInfo,
    target: IO[bytes],
    max_bytes: int,
    before: int,
) -> int:
    """Write a member's bytes to `target`; how many there are, with those `before`.

    Raises:
        FileFault: the archive is damaged, or these are more than `max_bytes`.
        OSError: they cannot be written.
    """
    try:
        packed = archive.open(member)
    except UNREADABLE as error:
        raise damaged("zip archive") from error
    with packed:
        return _copy(packed, target, max_bytes, "zip archive", before)


def needs_password(what: str) -> FileFault:
    """The fault of a container that only a password opens."""
    return FileFault(
        "cannot_be_opened",
        f"the {what} is protected by a password; save it without one and send it again, because "
        "it is encrypted on its way here anyway",
    )


def too_large(max_bytes: int) -> FileFault:
    """The fault of a container that holds more than a file may have."""
    return FileFault(
        "too_large_unpacked",
        f"unpacked, the file has more than the {max_bytes:,} bytes that are allowed; split it",
        advice="ROSTERLINE_MAX_FILE_BYTES sets how many are allowed",
    )


def _may_be_roster(name: str) -> bool:
    """Whether a person put the file there: no folder's settings, no copy of a resource fork."""
    path = PurePosixPath(name)
    return not path.name.startswith(".") and "__MACOSX" not in path.parts


def _copy(
    packed: IO[bytes] | gzip.GzipFile, target: IO[bytes], max_bytes: int, what: str, count: int
) -> int:
    while chunk := _read(packed, what):
        count += len(chunk)
        if count > max_bytes:
            raise too_large(max_bytes)
        target.write(chunk)
    target.flush()
    return count


def _read(packed: IO[bytes] | gzip.GzipFile, what: str) -> bytes:
    try:
        return packed.read(_CHUNK_BYTES)
    except (*UNREADABLE, gzip.BadGzipFile) as error:
        raise damaged(what) from error
