"""Refusals and faults of requests, in the words of the SFTP protocol."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

import asyncssh
from asyncssh import SFTPAttrs

from gateway.sftp.account_files import Download
from gateway.sftp.upload import Upload
from registry.landing.drop_folder import PENDING, RESULTS
from schemas.errors import NotAllowed, NotFound, RosterlineError

logger = logging.getLogger(__name__)


@contextmanager
def explained() -> Iterator[None]:
    """Turn our errors into those of the protocol. asyncssh turns the operating system's itself.

    Raises:
        asyncssh.SFTPError: what the client is answered.
    """
    try:
        yield
    except NotFound as error:
        raise asyncssh.SFTPNoSuchFile(error.said) from None
    except NotAllowed as error:
        raise asyncssh.SFTPPermissionDenied(error.said) from None
    except RosterlineError as error:
        # The text says what an operator must do, so the sender does not get it.
        logger.warning("a request failed: %s", error)
        raise asyncssh.SFTPFailure(f"{error.code}: try again later; nothing was lost") from None
    except (asyncssh.SFTPError, OSError):
        raise
    except Exception as error:
        # asyncssh would send the text of the error to the client.
        logger.exception("a request failed")
        raise asyncssh.SFTPFailure(f"internal error {type(error).__name__}") from None


def download_of(file_obj: object) -> Download:
    """The open result that a request is about.

    Raises:
        asyncssh.SFTPPermissionDenied: the request is about an upload.
    """
    if not isinstance(file_obj, Download):
        raise asyncssh.SFTPPermissionDenied(f"files in {PENDING} cannot be read back")
    return file_obj


def upload_of(file_obj: object) -> Upload:
    """The upload that a request is about.

    Raises:
        asyncssh.SFTPPermissionDenied: the request is about a result.
    """
    if not isinstance(file_obj, Upload):
        raise asyncssh.SFTPPermissionDenied(f"{RESULTS} can be read only")
    return file_obj


def times_of(attrs: SFTPAttrs) -> tuple[float, float] | None:
    """The access and modification time that a client wants to set; None if it sets none.

    Permissions are ignored: many clients set them after an upload, and nothing depends on them.

    Raises:
        asyncssh.SFTPPermissionDenied: the client wants to set owner or size.
    """
    if attrs.size is not None or attrs.uid is not None or attrs.gid is not None:
        raise asyncssh.SFTPPermissionDenied("only the times of a file can be set")
    if attrs.mtime is None:
        return None
    return float(attrs.atime if attrs.atime is not None else attrs.mtime), float(attrs.mtime)
