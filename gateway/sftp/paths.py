"""What a path of a request names: one of two folders, or a plain name in one of them.

Paths are read as text and looked up; none is ever resolved by the file system, so there is
nothing that `..`, a link or a doubled slash could lead out of.
"""

import posixpath
import unicodedata
from typing import NamedTuple

import asyncssh

from registry.landing.drop_folder import PENDING, RESULTS

MAX_NAME_BYTES = 255


class Place(NamedTuple):
    """A folder and a name in it; both None is the root, no name is the folder itself."""

    folder: str | None = None
    name: str | None = None

    @property
    def text(self) -> str:
        """The path as clients are told it."""
        return "/" + "/".join(part for part in self if part is not None)


def place_of(path: bytes) -> Place:
    """What a request's path names.

    Raises:
        asyncssh.SFTPNoSuchFile: nothing that could be there.
        asyncssh.SFTPInvalidFilename: it cannot be a file's name.
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
    # Not isprintable(): it refuses the spaces other than ASCII's that macOS puts into names.
    if any(unicodedata.category(character).startswith("C") for character in name):
        raise asyncssh.SFTPInvalidFilename("a file name must not hold control characters")
    return name
