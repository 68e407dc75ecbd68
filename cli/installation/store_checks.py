"""Checks of the bucket in which files are kept, where there is one."""

import uuid
from collections.abc import Iterator
from itertools import islice

from cli.installation.check import Check
from registry.settings import Settings
from registry.store import Store, store_of

_PROBED = 50


def check_store(settings: Settings) -> Iterator[Check]:
    """Whether the bucket takes, gives and removes objects, and holds what the home held before."""
    if not settings.store_url:
        return
    store = store_of(settings)
    try:
        _use(store)
        left = _left_in_folders(settings, store)
    except OSError as error:
        todo = (
            "see that it is there, that our key may list, read, write and delete, and the endpoint"
        )
        yield Check("bucket", "fail", str(error.strerror or error), todo)
        return
    if left:
        found = f"{left} of the first {_PROBED} files in the home's archive are not in it"
        yield Check("bucket", "fail", found, f"`rosterline move-to-bucket {settings.store_url}`")
    else:
        yield Check("bucket", "ok", f"{settings.store_url} takes, gives and removes objects")


def _use(store: Store) -> None:
    key, said = f"doctor/{uuid.uuid4()}", b"a check of `rosterline doctor`"
    store.put(key, said)
    try:
        if store.read(key) != said:
            raise OSError(0, "the bucket gave other bytes than it was given")
    finally:
        store.delete(key)


def _left_in_folders(settings: Settings, store: Store) -> int:
    folders = store_of(settings.model_copy(update={"store_url": ""}))
    found = islice(folders.list("archive"), _PROBED)
    return sum(store.find(each.key) is None for each in found)
