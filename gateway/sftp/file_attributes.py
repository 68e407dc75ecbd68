"""Attributes of files and folders as the protocol shows them: sizes, times, modes."""

import os
import stat
from pathlib import Path

from asyncssh import SFTPAttrs

from registry.landing.drop_folder import PENDING, RESULTS

ROOT_MODE = stat.S_IFDIR | 0o555
FOLDER_MODES = {PENDING: stat.S_IFDIR | 0o755, RESULTS: stat.S_IFDIR | 0o555}
FILE_MODES = {PENDING: stat.S_IFREG | 0o200, RESULTS: stat.S_IFREG | 0o444}
"""Files in Pending can be written only, results can be read only."""


def folder_attributes(root: Path, folder: str | None) -> SFTPAttrs:
    """The attributes of one of the two folders; of the root if `folder` is None."""
    mode = ROOT_MODE if folder is None else FOLDER_MODES[folder]
    changed = int((root / (folder or "")).stat().st_mtime)
    return SFTPAttrs(permissions=mode, nlink=2, atime=changed, mtime=changed)


def file_attributes(folder: str, status: os.stat_result) -> SFTPAttrs:
    """The attributes of a file in this folder."""
    return SFTPAttrs(
        permissions=FILE_MODES[folder],
        size=status.st_size,
        atime=int(status.st_atime),
        mtime=int(status.st_mtime),
        nlink=1,
    )


def is_regular(path: Path) -> bool:
    """Whether a regular file is at the path: no link, folder or pipe."""
    return path.is_file() and not path.is_symlink()
