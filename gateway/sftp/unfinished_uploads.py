"""Uploads that are not complete: written where no pipeline looks, kept for a day to be resumed.

uploads/<account>/open-<id>/<file name>       a session is writing it
uploads/<account>/partial-<hash>/<file name>  it broke off; `put -a` and `reput` resume it

Where a bucket is the store, parts are there (`registry/landing/sftp_uploads.py`). An open upload's
folder is locked for as long as its server lives, whichever other servers share the home.
"""

import fcntl
import hashlib
import os
import shutil
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

from gateway.sftp.upload import Upload
from registry.accounts.accounts import Account
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors
from schemas.errors import StorageUnavailable

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
    folder, claim = _own_folder(settings, account)
    return Upload(settings, folder / name, append=append, claim=claim)


def resume(
    settings: Settings,
    account: Account,
    name: str,
    fetch: Callable[[str, Path], bool],
    *,
    append: bool,
) -> Upload:
    """Continue what `fetch` puts there: see `SenderFolders.fetch`.

    Raises:
        StorageUnavailable: the folder cannot be written, or the bytes cannot be had.
    """
    folder, claim = _own_folder(settings, account)
    try:
        with storage_errors("resume an upload", folder):
            was_part = fetch(name, folder / name)
    except BaseException:
        shutil.rmtree(folder, ignore_errors=True)
        os.close(claim)
        raise
    upload = Upload(settings, folder / name, append=append, claim=claim)
    upload.was_part = was_part
    return upload


def take_partial(settings: Settings, account: Account, name: str, path: Path) -> bool:
    """Move the part that broke off to `path`; False if there is none.

    Raises:
        OSError: a folder cannot be written.
    """
    try:
        _partial(settings, account, name).replace(path)
    except FileNotFoundError:
        return False
    return True


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


def find_partial(settings: Settings, account: Account, name: str) -> os.stat_result | None:
    """The part of an upload of this file that broke off."""
    with suppress(FileNotFoundError):
        return _partial(settings, account, name).stat()
    return None


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
        starting: keep uploads that a killed server left open as parts.

    Raises:
        StorageUnavailable: the folder cannot be written.
    """
    with storage_errors("tidy up uploads", settings.uploads_dir):
        for path in left_over(settings) if starting else ():
            kept = path.parent.parent / _partial_name(path.name) / path.name
            kept.parent.mkdir(exist_ok=True)
            path.replace(kept)
        for path in settings.uploads_dir.glob(f"*/{PARTIAL_PREFIX}*"):
            if _is_old(path):
                shutil.rmtree(path, ignore_errors=True)
        store_of(settings).sweep(PARTIAL_SECONDS)


def left_over(settings: Settings) -> Iterator[Path]:
    """Uploads that servers left which live no more, each locked while it is dealt with.

    Its folder goes if it is empty then.
    """
    is_stored = bool(settings.store_url)  # then parts in folders are from before
    for path in settings.uploads_dir.glob("*/*/*" if is_stored else f"*/{OPEN_PREFIX}*/*"):
        claim = _claim(path.parent)
        if claim is None:
            continue
        try:
            yield path
            with suppress(OSError):
                path.parent.rmdir()
        finally:
            os.close(claim)


def _is_old(path: Path) -> bool:
    with suppress(FileNotFoundError):
        return time.time() - path.stat().st_mtime > PARTIAL_SECONDS
    return False


def _own_folder(settings: Settings, account: Account) -> tuple[Path, int]:
    """A new folder, and the descriptor that keeps it locked."""
    folder = account_dir(settings, account) / f"{OPEN_PREFIX}{uuid.uuid4().hex}"
    with storage_errors("begin an upload", folder):
        folder.mkdir(parents=True)
        claim = _claim(folder)
    if claim is None:
        raise StorageUnavailable(f"Another server took {folder}; send the file again.")
    return folder, claim


def _claim(folder: Path) -> int | None:
    """A descriptor that locks a folder until it is closed; None while another process has it."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        return None
    return descriptor


def _partial(settings: Settings, account: Account, name: str) -> Path:
    return account_dir(settings, account) / _partial_name(name) / name


def _partial_name(name: str) -> str:
    return f"{PARTIAL_PREFIX}{hashlib.sha256(name.encode()).hexdigest()[:16]}"
