"""Copying what the home keeps in folders into a bucket, each object checked.

It can run while everything runs, and again: what was copied and checked is noted in the home, and
not copied twice. A last time is needed once nothing runs any more; then the setting is changed.
"""

from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from registry.database.connections import connect
from registry.landing.archive_copy import archive_key
from registry.ledger.results import list_kept_files, list_result_files
from registry.settings import Settings
from registry.settings.store import StoreSettings
from registry.store import Store, store_of
from registry.store.durable_files import CHUNK_BYTES, digest, storage_errors
from schemas.errors import NotAllowed

MOVED = ("archive", "results", "models")
NOTES = "copied-to-bucket.txt"
"""In the home: a line for each object that was checked, `<bucket>\\t<key>\\t<size>`."""


@dataclass(frozen=True)
class Moved:
    """What a run of the command did.

    `refused` are keys whose bytes came back other than they were sent; `missing` those that the
    ledger names and that neither folders nor the bucket hold.
    """

    bucket: str
    copied: int
    byte_count: int
    known: int
    refused: tuple[str, ...]
    missing: tuple[str, ...]


def move_to_bucket(settings: Settings, url: str, tell: Callable[[str], None]) -> Moved:
    """Copy archive, results and models into the bucket at `url`, and read each object back.

    Nothing is removed from the home.

    Raises:
        NotAllowed: the home keeps nothing in folders, or `url` is no address of a bucket.
        StorageUnavailable: the bucket does not answer, or a file cannot be read.
    """
    try:
        target = settings.model_copy(update={"store_url": StoreSettings(store_url=url).store_url})
    except ValidationError as error:
        raise NotAllowed(
            f"{url}: {error.errors()[0]['msg'].removeprefix('Value error, ')}"
        ) from error
    if not any((settings.home / area).is_dir() for area in MOVED):
        raise NotAllowed(f"{settings.home} keeps no files in folders: there is nothing to copy")
    here = store_of(settings.model_copy(update={"store_url": ""}))
    there = store_of(target)
    with storage_errors("copy files", there.place_of("archive")):
        move = _Move(settings.home, here, there, target.store_url)
        for key, size in move.open_keys():
            move.copy(key, size)
            tell(f"{move.copied:,} files copied")
        missing = tuple(_missing(settings, there))
    return Moved(
        target.store_url, move.copied, move.byte_count, move.known, tuple(move.refused), missing
    )


class _Move:
    """One run of the command."""

    def __init__(self, home: Path, here: Store, there: Store, bucket: str) -> None:
        self._home = home
        self._here = here
        self._there = there
        self._bucket = bucket
        self._notes = home / NOTES
        self.copied = self.byte_count = self.known = 0
        self.refused: list[str] = []

    def open_keys(self) -> Iterator[tuple[str, int]]:
        """Keys and sizes of what was not copied and checked yet."""
        noted = self._noted()
        for area in MOVED:
            for each in self._here.list(area):
                if noted.get(each.key) == each.byte_count:
                    self.known += 1
                else:
                    yield each.key, each.byte_count

    def copy(self, key: str, size: int) -> None:
        """Copy an object, and read it back."""
        path = self._home / key
        name = path.name if key.startswith("results/") else None
        try:
            source = path.open("rb")
        except FileNotFoundError:
            return  # pruned meanwhile
        with source, self._there.begin(key.partition("/")[0], download_name=name) as draft:
            while chunk := source.read(CHUNK_BYTES):
                draft.write(chunk)
            draft.place(key)
        self.copied += 1
        self.byte_count += size
        if digest(self._there.file(key, draft.sha256)) != draft.sha256:
            self.refused.append(key)
            return
        with self._notes.open("a") as notes:
            notes.write(f"{self._bucket}\t{key}\t{size}\n")

    def _noted(self) -> dict[str, int]:
        found = {}
        with suppress(FileNotFoundError):
            for line in self._notes.read_text().splitlines():
                bucket, _, rest = line.partition("\t")
                key, _, size = rest.rpartition("\t")
                if bucket == self._bucket and size.isdigit():
                    found[key] = int(size)
        return found


def _missing(settings: Settings, there: Store) -> Iterator[str]:
    """Keys that the ledger names and the bucket lacks."""
    present = {each.key for area in ("archive", "results") for each in there.list(area)}
    with connect(settings) as connection:
        named = [archive_key(sha256) for sha256, _ in list_kept_files(connection)]
        named += [result.key for result in list_result_files(connection, settings)]
    yield from sorted(set(named) - present)
