"""Results that somebody asked for and that are damaged or gone: the pipeline makes them again.

Doors may not load the pipeline. They leave a wish, an empty object named for the import, which
a sensor of Dagster finds. A wish that cannot be met is dropped: the next download makes a new one.
"""

from contextlib import suppress
from itertools import islice
from pathlib import Path

from registry.ledger.results import ResultFile
from registry.settings import Settings
from registry.store import store_of
from registry.store.durable_files import storage_errors
from schemas.errors import ArchiveDamaged

RETRY_AFTER_SECONDS = 30
_WISHES = "wanted-results"
_MAX_WISHES = 200


def intact_or_wanted(settings: Settings, result: ResultFile) -> Path:
    """A file of this machine with the result's bytes, if they are those that were written.

    Raises:
        ArchiveDamaged: they are others, or gone. The result will be made again.
        StorageUnavailable: the store does not answer.
    """
    with storage_errors("read a result", result.store.place_of("results")):
        path = result.intact_path()
    if path is None:
        raise _wish(settings, result)
    return path


def link_or_wanted(settings: Settings, result: ResultFile) -> str | None:
    """An address of the store for the result's bytes; None where it cannot sign.

    Raises:
        ArchiveDamaged: they are gone. The result will be made again.
        StorageUnavailable: the store does not answer.
    """
    if not settings.store_link_seconds:
        return None
    link = result.store.link(result.key, settings.store_link_seconds)
    if link is not None:
        with storage_errors("read a result", result.store.place_of("results")):
            if result.store.find(result.key) is None:
                raise _wish(settings, result)
    return link


def list_wanted(settings: Settings) -> list[str]:
    """Partition keys of imports whose results are wanted again, at most some hundreds."""
    found = store_of(settings).list(_WISHES)
    return sorted(each.key.rpartition("/")[2] for each in islice(found, _MAX_WISHES))


def forget_wish(settings: Settings, partition_key: str) -> None:
    """Drop a wish, before it is tried: what kills a run is not tried again by itself."""
    store_of(settings).delete(f"{_WISHES}/{partition_key}")


def _wish(settings: Settings, result: ResultFile) -> ArchiveDamaged:
    with suppress(OSError):  # a full disk: the next download wishes again
        store_of(settings).put(f"{_WISHES}/{result.partition_key}", b"")
    return ArchiveDamaged(
        f"The {result.label} is damaged or gone on our side; nothing that was imported is lost. It "
        "is being made again: ask for it once more in a minute. If that does not help, the results "
        "have to be restored from a backup."
    )
