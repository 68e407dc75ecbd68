"""A backup's folder: what lies in it, and the sha256 of everything.

- `registry.dump`, `dagster.dump`: the two databases, as pg_dump writes them
- `home/…`: files of the home folder, at the same places as there
- `settings.json`: which settings were set
- `copied.jsonl`: a line per file that was copied; an unfinished backup goes on from it
- `manifest.json`: written last; a folder without it is no complete backup
"""

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from registry.store.durable_files import CHUNK_BYTES, digest, draft_in, make_durable, sync_folders
from schemas.errors import NotAllowed, StorageUnavailable

REGISTRY_DUMP = "registry.dump"
DAGSTER_DUMP = "dagster.dump"
SETTINGS = "settings.json"
HOME = "home"
MANIFEST = "manifest.json"
COPIED = "copied.jsonl"
FORMAT = 1
PRIVATE = 0o600


@dataclass(frozen=True)
class KeptFile:
    """A file as it was copied; `path` is its place below the backup's folder."""

    path: str
    size: int
    mtime_ns: int
    mode: int
    sha256: str


@dataclass(frozen=True)
class Manifest:
    """What a complete backup holds; `server_version` is that of the PostgreSQL that wrote it."""

    made_at: str
    version: str
    server_version: int
    files: tuple[KeptFile, ...]


def copy_file(source: Path, target: Path, place: str) -> KeptFile:
    """Copy a file to the disk itself, with its mode and time; returns what was copied.

    Raises:
        FileNotFoundError: it is gone.
    """
    seen = hashlib.sha256()
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with source.open("rb") as incoming, draft_in(target.parent) as draft:
        status = os.fstat(incoming.fileno())
        size = 0
        while chunk := incoming.read(CHUNK_BYTES):
            seen.update(chunk)
            size += draft.write(chunk)
        mode = status.st_mode & 0o777
        path = make_durable(draft, mode)
        os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
        path.replace(target)
    return KeptFile(place, size, status.st_mtime_ns, mode, seen.hexdigest())


def note_file(folder: Path, place: str) -> KeptFile:
    """What is to be said of a file that was written into the backup itself."""
    status = (folder / place).stat()
    mode = status.st_mode & 0o777
    return KeptFile(place, status.st_size, status.st_mtime_ns, mode, digest(folder / place))


def write_json(folder: Path, name: str, value: object) -> None:
    """Write a file of the backup, whole or not at all, readable by its owner only."""
    with draft_in(folder) as draft:
        draft.write(json.dumps(value, indent=1).encode())
        make_durable(draft, PRIVATE).replace(folder / name)
    sync_folders(folder)


def write_manifest(folder: Path, manifest: Manifest) -> None:
    """Say that the backup is complete, and what is in it."""
    write_json(folder, MANIFEST, {"format": FORMAT, **asdict(manifest)})


def read_manifest(folder: Path) -> Manifest:
    """What a complete backup holds.

    Raises:
        NotAllowed: the folder holds no complete backup, or one of another version.
    """
    try:
        said = json.loads((folder / MANIFEST).read_bytes())
        return _manifest_of(said)
    except FileNotFoundError:
        if (folder / COPIED).exists():
            raise NotAllowed(
                f"the backup in {folder} is not complete; `rosterline backup {folder}` goes on "
                "with it, in the home it was begun in"
            ) from None
        raise NotAllowed(f"{folder} holds no backup of Rosterline") from None
    except (ValueError, KeyError, TypeError) as error:
        raise StorageUnavailable(f"{folder / MANIFEST} is damaged") from error


def _manifest_of(said: dict[str, Any]) -> Manifest:
    if said["format"] != FORMAT:
        raise NotAllowed(
            f"the backup is of format {said['format']}, this version reads format {FORMAT}"
        )
    files = tuple(KeptFile(**each) for each in said["files"])
    outside = [each.path for each in files if ".." in Path(each.path).parts]
    if outside or any(Path(each.path).is_absolute() for each in files):
        raise StorageUnavailable("the manifest names a file outside of the backup")
    return Manifest(said["made_at"], said["version"], said["server_version"], files)


def read_copied(folder: Path) -> dict[str, KeptFile]:
    """By place, the files that an unfinished backup has copied already."""
    try:
        lines = (folder / COPIED).read_text().splitlines()
    except FileNotFoundError:
        return {}
    found: dict[str, KeptFile] = {}
    for line in lines:
        try:
            kept = KeptFile(**json.loads(line))
        except (ValueError, TypeError):
            continue  # the last line of a backup that was killed
        found[kept.path] = kept
    return found


def files_below(folder: Path) -> Iterator[Path]:
    """Every plain file below a folder, relative to it; links are left out."""
    for root, _, names in os.walk(folder):
        for name in names:
            path = Path(root, name)
            if path.is_file() and not path.is_symlink():
                yield path.relative_to(folder)
