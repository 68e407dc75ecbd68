"""Attributes of files and folders as the protocol shows them: sizes, times, modes."""

import stat

from asyncssh import SFTPAttrs

from gateway.sftp.sender_folders import SenderFile
from gateway.sftp.upload import Upload
from registry.landing.drop_folder import PENDING, RESULTS

ROOT_MODE = stat.S_IFDIR | 0o555
FOLDER_MODES = {PENDING: stat.S_IFDIR | 0o755, RESULTS: stat.S_IFDIR | 0o555}
FILE_MODES = {PENDING: stat.S_IFREG | 0o200, RESULTS: stat.S_IFREG | 0o444}
"""Files in Pending can be written only, results can be read only."""


def folder_attributes(folder: str | None, modified: float) -> SFTPAttrs:
    """The attributes of one of the two folders; of the root if `folder` is None."""
    mode = ROOT_MODE if folder is None else FOLDER_MODES[folder]
    return SFTPAttrs(permissions=mode, nlink=2, atime=int(modified), mtime=int(modified))


def file_attributes(folder: str, file: SenderFile) -> SFTPAttrs:
    """The attributes of a file in this folder."""
    return SFTPAttrs(
        permissions=FILE_MODES[folder],
        size=file.size,
        atime=int(file.accessed),
        mtime=int(file.modified),
        nlink=1,
    )


def attributes_of_upload(upload: Upload) -> SFTPAttrs:
    """The attributes of a file that is being uploaded, as its own session sees it."""
    written = upload.path.stat()
    accessed, changed = upload.times or (written.st_atime, written.st_mtime)
    return SFTPAttrs(
        permissions=FILE_MODES[PENDING],
        size=upload.size,
        atime=int(accessed),
        mtime=int(changed),
        nlink=1,
    )
