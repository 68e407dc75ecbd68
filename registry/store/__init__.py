"""Where received files, results and uploads are kept: folders of the home, or a bucket.

`store_of(settings)` is the one that the setting names. Keys are like paths,
`archive/ab/abcdef…`; `docs/decisions/017-storage.md` lists them.
"""

import os
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from registry.settings import Settings
from registry.settings.store import StoreSettings
from registry.store.interface import Draft, ObjectChangedError, Store, Stored
from registry.store.local_copies import LocalCopies
from registry.store.local_store import LocalStore

if TYPE_CHECKING:
    from registry.store.sender_bucket import SenderBucket

__all__ = ["Draft", "ObjectChangedError", "Store", "Stored", "sender_bucket", "store_of"]


def store_of(settings: StoreSettings) -> Store:
    """The store of these settings; one for each process, which threads may share."""
    if not settings.store_url:
        return LocalStore(settings.home)
    return _bucket(
        settings.store_url,
        settings.copies_dir,
        settings.store_copies_bytes,
        settings.store_timeout_seconds,
        os.getpid(),  # connections and threads of the library do not survive a fork
    )


@lru_cache(maxsize=16)
def _bucket(url: str, copies: Path, copies_bytes: int, timeout: float, _process: int) -> Store:
    # The library is loaded only where a bucket is used.
    from registry.store.bucket_store import BucketStore  # noqa: PLC0415

    return BucketStore(url, LocalCopies(copies, copies_bytes), timeout)


def sender_bucket(settings: Settings) -> "SenderBucket | None":
    """The bucket that is a drop folder; None where there is none."""
    url = settings.drop_url or (settings.store_url and f"{settings.store_url}/drop")
    if not url:
        return None
    return _sender_bucket(url, settings.copies_dir, settings.store_timeout_seconds, os.getpid())


@lru_cache(maxsize=4)
def _sender_bucket(url: str, copies: Path, timeout: float, _process: int) -> "SenderBucket":
    from registry.store.sender_bucket import SenderBucket  # noqa: PLC0415

    return SenderBucket(url, LocalCopies(copies / "drop", 0), timeout)
