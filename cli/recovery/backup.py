"""A backup of a whole installation, made while it runs.

What the database names must be in the backup, so the order is: drop folders, then the database in
one snapshot, then Dagster's database, then archive and results, which are only added to. A file
that was taken out of its drop folder, or came into it, between the first two steps is put right by
what the snapshot says of it.
"""

import importlib.metadata
import json
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from psycopg import IsolationLevel

from cli.recovery import folder as kept
from cli.recovery.folder import KeptFile, Manifest
from registry.database.connections import connect_as_owner, dagster_url, direct_url, plain_url
from registry.database.dumps import dump_database
from registry.database.statements import Statements
from registry.landing.archive_copy import ARCHIVE, archive_key
from registry.landing.drop_folder import PENDING
from registry.landing.stability import text_name
from registry.settings import ENV_PREFIX, Settings
from registry.store import store_of
from registry.store.durable_files import DRAFT_PREFIX, storage_errors
from schemas.errors import NotAllowed

_SQL = Statements(__file__)

BEFORE = ("drop", "uploads")
AFTER = ("lineage", "old-months", "sftp", "file-keys", "signing.key")
STORED = ("archive", "results", "models")
"""In folders of the home, unless they are in a bucket, which has copies and versions of its own.

What else is in the home can be made again, or is a log.
"""


@dataclass(frozen=True)
class MadeBackup:
    """A complete backup.

    `damaged` are archived files whose bytes are not those received, and `missing` those that the
    ledger names and the archive does not hold, by sha256.
    """

    folder: Path
    file_count: int
    byte_count: int
    damaged: tuple[str, ...]
    missing: tuple[str, ...]


def make_backup(settings: Settings, target: Path, *, with_values: bool = False) -> MadeBackup:
    """Copy everything that cannot be made again into `target`, or go on with what is there.

    Args:
        settings: of the installation, which may run.
        target: a folder that is empty, not there, or holds an unfinished backup of this home.
        with_values: keep the values of settings too, passwords among them.

    Raises:
        NotAllowed: the folder holds something else, or lies in the home.
        DatabaseUnavailable: PostgreSQL cannot be reached.
        StorageUnavailable: something cannot be read or written.
    """
    _require_place(settings, target)
    with storage_errors("write the backup", target):
        target.mkdir(parents=True, exist_ok=True, mode=0o700)
        return _Backup(settings, target).make(with_values=with_values)


def _require_place(settings: Settings, target: Path) -> None:
    if target.resolve().is_relative_to(settings.home):
        raise NotAllowed("a backup inside the home would be lost with it; name another folder")
    if (target / kept.MANIFEST).exists():
        raise NotAllowed(f"{target} holds a complete backup; name another folder for a new one")
    if target.is_dir() and any(target.iterdir()) and not (target / kept.COPIED).exists():
        raise NotAllowed(f"{target} holds something that is no backup; name an empty folder")


class _Snapshot(NamedTuple):
    """What the dump says of files, as (account, name, sha256).

    They stand in Pending, or were taken out since the backup began; `named` is every sha256.
    """

    standing: list[tuple[str, str, str]]
    taken_out: list[tuple[str, str, str]]
    named: list[str]


class _Backup:
    """One run of the command; `_files` are those that are in the backup, by their place."""

    def __init__(self, settings: Settings, target: Path) -> None:
        self._settings = settings
        self._store = store_of(settings)
        self._target = target
        self._earlier = kept.read_copied(target)
        self._files: dict[str, KeptFile] = {}

    def make(self, *, with_values: bool) -> MadeBackup:
        begun = datetime.now(UTC)
        self._copy(BEFORE)
        version, seen = self._dump_registry(begun)
        dagster = plain_url(dagster_url(self._settings, directly=True))
        self._dump(kept.DAGSTER_DUMP, dagster, version, snapshot=None)
        self._copy(AFTER if self._settings.store_url else (*AFTER, *STORED))
        self._mend_pending(seen)
        self._write(kept.SETTINGS, _settings_set(self._settings, with_values=with_values))
        self._drop_what_is_gone()
        own = importlib.metadata.version("rosterline")
        files = tuple(self._files.values())
        kept.write_manifest(self._target, Manifest(begun.isoformat(), own, version, files))
        (self._target / kept.COPIED).unlink(missing_ok=True)  # no file, no journal
        return self._report(seen.named)

    def _dump_registry(self, begun: datetime) -> tuple[int, _Snapshot]:
        """Dump the registry; returns the server's version, and what the dump says of files."""
        with connect_as_owner(self._settings) as registry:
            registry.isolation_level = IsolationLevel.REPEATABLE_READ
            version = registry.info.server_version // 10_000
            ((snapshot,),) = registry.execute("SELECT pg_export_snapshot()").fetchall()
            url = direct_url(self._settings)
            self._dump(kept.REGISTRY_DUMP, url, version, snapshot=snapshot)
            return version, _Snapshot(
                registry.execute(_SQL["list_files_in_pending"]).fetchall(),
                registry.execute(_SQL["list_files_taken_out"], {"begun": begun}).fetchall(),
                [sha256 for (sha256,) in registry.execute("SELECT DISTINCT sha256 FROM import")],
            )

    def _dump(self, name: str, url: str, version: int, *, snapshot: str | None) -> None:
        path = self._target / name
        dump_database(url, version, path, snapshot=snapshot)
        path.chmod(kept.PRIVATE)
        self._files[name] = kept.note_file(self._target, name)

    def _copy(self, names: Iterable[str]) -> None:
        for name in names:
            source = self._settings.home / name
            below = [Path()] if source.is_file() else kept.files_below(source)
            for path in below:
                if not path.name.startswith(DRAFT_PREFIX):
                    self._copy_one(source / path, Path(kept.HOME, name, path).as_posix())

    def _copy_one(self, source: Path, place: str) -> None:
        try:
            status = source.stat()
            known = self._earlier.get(place)
            is_same = known and (known.size, known.mtime_ns) == (status.st_size, status.st_mtime_ns)
            if known and is_same and (self._target / place).exists():
                self._files[place] = known
            else:
                self._note(kept.copy_file(source, self._target / place, place))
        except FileNotFoundError:
            return  # taken out, or finished, since it was listed

    def _note(self, file: KeptFile) -> None:
        self._files[file.path] = file
        with (self._target / kept.COPIED).open("a") as journal:
            journal.write(json.dumps(asdict(file)) + "\n")

    def _write(self, name: str, value: object) -> None:
        kept.write_json(self._target, name, value)
        self._files[name] = kept.note_file(self._target, name)

    def _mend_pending(self, seen: _Snapshot) -> None:
        """Make the Pending folders of the backup those of the snapshot."""
        here = self._pending_files()
        for account, name, sha256 in set(seen.taken_out) - set(seen.standing):
            for place in here.get((account, name, sha256), ()):
                del self._files[place]
        for account, name, sha256 in seen.standing:
            if (account, name, sha256) not in here:
                with suppress(FileNotFoundError):
                    archived = self._store.file(archive_key(sha256), sha256)
                    place = Path(kept.HOME, "drop", account, PENDING, name).as_posix()
                    self._note(kept.copy_file(archived, self._target / place, place))

    def _pending_files(self) -> dict[tuple[str, str, str], list[str]]:
        """Places in the backup, by account, name and bytes of the file that stands there."""
        found: dict[tuple[str, str, str], list[str]] = {}
        for place, file in self._files.items():
            match Path(place).parts:
                case (kept.HOME, "drop", account, folder, name) if folder == PENDING:
                    key = (account, text_name(name), file.sha256)
                    found.setdefault(key, []).append(place)
        return found

    def _drop_what_is_gone(self) -> None:
        """Remove copies of an earlier try whose files were taken out since."""
        for path in list(kept.files_below(self._target / kept.HOME)):
            if Path(kept.HOME, path).as_posix() not in self._files:
                (self._target / kept.HOME / path).unlink()

    def _report(self, named: Iterable[str]) -> MadeBackup:
        archived = {
            Path(place).name: file.sha256
            for place, file in self._files.items()
            if place.startswith(f"{kept.HOME}/archive/")
        }
        return MadeBackup(
            self._target,
            len(self._files),
            sum(file.size for file in self._files.values()),
            tuple(sorted(name for name, sha256 in archived.items() if name != sha256)),
            tuple(sorted(set(named) - self._in_archive())),
        )

    def _in_archive(self) -> set[str]:
        """The sha256 of everything that is in the archive."""
        return {each.key.rpartition("/")[2] for each in self._store.list(ARCHIVE)}


def _settings_set(settings: Settings, *, with_values: bool) -> dict[str, object]:
    """Which settings are not as they are by themselves, as variables; values only where asked."""
    given = sorted(f"{ENV_PREFIX}{name.upper()}" for name in settings.model_fields_set)
    values = settings.as_environment()
    return {
        "set": given,
        **({"values": {name: values.get(name, "") for name in given}} if with_values else {}),
    }
