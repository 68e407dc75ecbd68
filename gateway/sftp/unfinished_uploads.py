"""Uploads that are not complete: written where no pipeline looks, kept for a day to be resumed.

uploads/<account>/open-<id>/<file name>       a session is writing it
uploads/<account>/partial-<hash>/<file name>  it broke off; `put -a` and `reput` resume it
"""

import hashlib
import os
import shutil
import time
import uuid
from contextlib import suppress
from pathlib import Path

from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.landing.durable_files import DRAFT_PREFIX, storage_errors
from registry.settings import Settings

PARTIAL_SECONDS = 24 * 3600.0
OPEN_PREFIX = "open-"
PARTIAL_PREFIX = "partial-"


def account_dir(settings: Settings, account: Account) -> Path:
    """The folder of the account's unfinished uploads."""
    return settings.uploads_dir / account.name


def begin(settings: Settings, account: Account, name: str, *, append: bool = False) -> Upload:
    """Start an empty upload.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    return Upload(settings, _own_folder(settings, account) / name, append=append)


def resume(
    settings: Settings, account: Account, name: str, waiting: Path | None, *, append: bool
) -> Upload:
    """Continue the part that broke off, or else a copy of the file that waits under this name.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    path = _own_folder(settings, account) / name
    part = _partial(settings, account, name)
    was_part = part.exists()
    with storage_errors("resume an upload", path.parent):
        if was_part:
            part.replace(path)
        elif waiting is not None:
            shutil.copyfile(waiting, path, follow_symlinks=False)
    upload = Upload(settings, path, append=append)
    upload.was_part = was_part
    return upload


def keep_partial(settings: Settings, account: Account, path: Path) -> None:
    """Keep the bytes of an upload that broke off, in place of an earlier part of that name.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    kept = _partial(settings, account, path.name)
    with storage_errors("keep a part of an upload", kept.parent):
        kept.parent.mkdir(parents=True, exist_ok=True)
        path.replace(kept)
    shutil.rmtree(path.parent, ignore_errors=True)


def drop_partial(settings: Settings, account: Account, name: str) -> bool:
    """Delete the part of an upload that broke off; False if there was none."""
    kept = _partial(settings, account, name)
    found = kept.exists()
    shutil.rmtree(kept.parent, ignore_errors=True)
    return found


def list_partials(settings: Settings, account: Account) -> dict[str, os.stat_result]:
    """The parts of uploads that broke off, by file name."""
    found = {}
    for path in account_dir(settings, account).glob(f"{PARTIAL_PREFIX}*/*"):
        with suppress(FileNotFoundError):
            found[path.name] = path.stat()
    return found


def sweep(settings: Settings, *, starting: bool = False) -> None:
    """Remove parts, and unfinished copies for the archive, that are more than a day old.

    Args:
        settings: where the folders are.
        starting: keep uploads that a killed server left open as parts. Only true at the start,
            because while the server runs, open uploads belong to sessions.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with storage_errors("tidy up uploads", settings.uploads_dir):
        for path in settings.uploads_dir.glob(f"*/{OPEN_PREFIX}*/*"):
            if starting:
                _keep_left_over(path)
        for path in settings.uploads_dir.glob(f"*/{PARTIAL_PREFIX}*"):
            if _is_old(path):
                shutil.rmtree(path, ignore_errors=True)
        for path in settings.archive_dir.glob(f"{DRAFT_PREFIX}*"):
            if _is_old(path):
                path.unlink(missing_ok=True)


def _is_old(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > PARTIAL_SECONDS
    return False


def _keep_left_over(path: Path) -> None:
    kept = path.parent.parent / _partial_name(path.name) / path.name
    kept.parent.mkdir(exist_ok=True)
    path.replace(kept)
    shutil.rmtree(path.parent, ignore_errors=True)


def _own_folder(settings: Settings, account: Account) -> Path:
    folder = account_dir(settings, account) / f"{OPEN_PREFIX}{uuid.uuid4().hex}"
    with storage_errors("begin an upload", folder):
        folder.mkdir(parents=True)
    return folder


def _partial(settings: Settings, account: Account, name: str) -> Path:
    return account_dir(settings, account) / _partial_name(name) / name


def _partial_name(name: str) -> str:
    return f"{PARTIAL_PREFIX}{hashlib.sha256(name.encode()).hexdigest()[:16]}"
