"""What is not the sender's to do, and what went wrong, in the protocol's words."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh
from asyncssh import SFTPAttrs

from gateway.sftp.account_files import Download
from gateway.sftp.unfinished_uploads import Upload
from registry.landing.drop_folder import PENDING, RESULTS
from schemas.errors import NotAllowed, NotFound, RosterlineError

logger = logging.getLogger(__name__)

NOT_HERE = asyncssh.SFTPPermissionDenied


@contextmanager
def explained() -> Iterator[None]:
    """Our errors in the protocol's words; those of the operating system asyncssh translates."""
    try:
        yield
    except NotFound as error:
        raise asyncssh.SFTPNoSuchFile(str(error)) from None
    except NotAllowed as error:
        raise NOT_HERE(str(error)) from None
    except RosterlineError as error:
        # What an operator must do is not for the sender to read.
        logger.warning("a request failed: %s", error)
        raise asyncssh.SFTPFailure(f"{error.code}: try again later; nothing was lost") from None
    except (asyncssh.SFTPError, OSError):
        raise
    except Exception as error:
        # asyncssh would send its text to the client.
        logger.exception("a request failed")
        raise asyncssh.SFTPFailure(f"internal error {type(error).__name__}") from None


def download_of(file_obj: object) -> Download:
    """The result that a request means.

    Raises:
        asyncssh.SFTPPermissionDenied: it means an upload.
    """
    if not isinstance(file_obj, Download):
        raise NOT_HERE(f"files in {PENDING} cannot be read back")
    return file_obj


def upload_of(file_obj: object) -> Upload:
    """The upload that a request means.

    Raises:
        asyncssh.SFTPPermissionDenied: it means a result.
    """
    if not isinstance(file_obj, Upload):
        raise NOT_HERE(f"{RESULTS} can be read only")
    return file_obj


def times_of(attrs: SFTPAttrs) -> tuple[float, float]:
    """The times to set.

    Raises:
        asyncssh.SFTPPermissionDenied: something else is to be set. Permissions beside times are
            passed over, for `put -p` sends both.
    """
    if attrs.size is not None or attrs.uid is not None or attrs.mtime is None:
        raise NOT_HERE("only the times of a file can be set")
    return float(attrs.atime if attrs.atime is not None else attrs.mtime), float(attrs.mtime)
