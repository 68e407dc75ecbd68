"""Paths in requests: one of two folders, or a plain name in one of them.

A path is read as text, and the file system never resolves it. So neither `..` nor a link nor a
doubled slash can lead out of the two folders.
"""

import posixpath
import unicodedata
from typing import NamedTuple

import asyncssh

from registry.landing.drop_folder import PENDING, RESULTS

MAX_NAME_BYTES = 255


class Place(NamedTuple):
    """A folder and a file name in it. Without a name it is the folder, without both the root."""

    folder: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """The path as clients see it."""
        return "/" + "/".join(part for part in self if part is not None)


def place_of(path: bytes) -> Place:
    """The place that a path names.

        place_of(b"/Patient Import Results/../Pending Patient Imports//june.csv")
        → Place("Pending Patient Imports", "june.csv")

    Raises:
        asyncssh.SFTPNoSuchFile: nothing can be at this path.
        asyncssh.SFTPInvalidFilename: the name cannot be the name of a file.
    """
    try:
        text = path.decode()
    except UnicodeDecodeError:
        raise asyncssh.SFTPInvalidFilename("file names must be UTF-8") from None
    parts = [part for part in posixpath.normpath(f"/{text}").split("/") if part]
    if not parts:
        return Place()
    folder, *names = parts
    if folder not in (PENDING, RESULTS) or len(names) > 1:
        raise asyncssh.SFTPNoSuchFile(
            f"no such file; there are two folders: {PENDING} and {RESULTS}"
        )
    if not names:
        return Place(folder)
    return Place(folder, _name(names[0]))


def _name(name: str) -> str:
    if len(name.encode()) > MAX_NAME_BYTES:
        raise asyncssh.SFTPInvalidFilename(f"a file name may have {MAX_NAME_BYTES} bytes")
    # Not isprintable(), which refuses spaces outside of ASCII; macOS puts those into names.
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise asyncssh.SFTPInvalidFilename("a file name must not hold control characters")
    return name
