"""Archives: the bytes in them, never more than a file may have, under no name of theirs.

A name of a member is shown and is no path here, so `../../etc/passwd` is a name like any other. A
member is known by its place in the archive's order, because two may have one name.
"""

import gzip
import zipfile
from pathlib import PurePosixPath
from typing import IO

from rosters.byte_source import ByteSource
from rosters.containers.recognise import UNREADABLE, damaged
from schemas.errors import FileFault

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


def members(archive: zipfile.ZipFile, most: int) -> list[tuple[int, zipfile.ZipInfo]]:
    """The files of a zip archive that may be rosters, in its order, each with its place in it.

    Raises:
        FileFault: there are none, or more than `most`, or they need a password or another program.
    """
    found = [
        (place, info)
        for place, info in enumerate(archive.infolist())
        if not info.is_dir() and _may_be_roster(info.filename)
    ]
    if not found:
        raise FileFault(
            "no_roster_inside", "the archive holds no file; pack it again and send it again"
        )
    if len(found) > most:
        raise FileFault(
            "too_many_members",
            f"the archive holds more files than may be looked at: {len(found):,} where {most:,} "
            "are left; send several smaller archives",
            advice="ROSTERLINE_MAX_ARCHIVE_MEMBERS sets how many are allowed",
        )
    if any(info.flag_bits & _ENCRYPTED for _, info in found):
        raise needs_password("archive")
    if any(info.compress_type not in _METHODS for _, info in found):
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
    path = PurePosixPath(name.replace("\\", "/"))
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
