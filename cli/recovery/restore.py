"""A backup put into an empty home: files first, then the two databases.

A restore that was cut off is gone on with: files that are there with the right bytes are not copied
again, and each database is filled in one transaction.
"""

import json
from dataclasses import dataclass
from pathlib import Path

import psycopg

from cli.recovery import folder as kept
from cli.recovery.folder import KeptFile, Manifest
from registry.database.connections import (
    connect_as_owner,
    dagster_url,
    direct_url,
    options,
    plain_url,
)
from registry.database.dumps import restore_database
from registry.migrations import migrate
from registry.migrations.roles import let_logins_in, make_missing_roles
from registry.settings import Settings
from registry.store.durable_files import digest, storage_errors
from schemas.errors import NotAllowed, StorageUnavailable

MARKER = "restore.json"
"""In the home while a restore is not complete; names the backup by its manifest's sha256."""

_COUNT_TABLES = (
    "SELECT count(*) FROM pg_tables WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
)


@dataclass(frozen=True)
class Restored:
    """What was restored, and which settings were set when the backup was made and are not now."""

    file_count: int
    byte_count: int
    made_at: str
    not_set: tuple[str, ...]


def restore_backup(settings: Settings, source: Path) -> Restored:
    """Put the backup in `source` into the home, which must be empty, and into PostgreSQL.

    Raises:
        NotAllowed: there is no complete backup, or home or database hold something already.
        StorageUnavailable: a file of the backup is damaged or missing; nothing of it was taken.
        DatabaseUnavailable: PostgreSQL cannot be reached, or is older than the backup's.
    """
    manifest = kept.read_manifest(source)
    name = digest(source / kept.MANIFEST)
    goes_on = _goes_on(settings, name)
    if not goes_on:
        _require_empty_home(settings)
        _require_undamaged(source, manifest)
        if not settings.is_embedded:  # else it does not exist yet
            _make_roles(settings)
            _require_empty_database(settings)
    with storage_errors("restore", settings.home):
        _mark(settings, name)
        _copy_files(settings, source, manifest)
    _fill_databases(settings, source, manifest)
    migrate(settings, restored=True)
    (settings.home / MARKER).unlink()
    files = [each for each in manifest.files if each.path.startswith(f"{kept.HOME}/")]
    said = json.loads((source / kept.SETTINGS).read_bytes())
    now = settings.as_environment().keys() & _names_set(settings)
    return Restored(
        len(files),
        sum(each.size for each in files),
        manifest.made_at,
        tuple(name for name in said["set"] if name not in now),
    )


def _names_set(settings: Settings) -> set[str]:
    return {f"ROSTERLINE_{name.upper()}" for name in settings.model_fields_set}


def _goes_on(settings: Settings, name: str) -> bool:
    """Whether the home holds a restore of this very backup that was cut off."""
    try:
        said = json.loads((settings.home / MARKER).read_bytes())
    except FileNotFoundError:
        return False
    except ValueError:
        said = {}
    if said.get("backup") != name:
        raise NotAllowed(
            f"{settings.home} holds a restore of another backup that is not complete; empty it, or "
            "restore that one"
        )
    return True


def _mark(settings: Settings, name: str) -> None:
    settings.home.mkdir(parents=True, exist_ok=True, mode=0o700)
    kept.write_json(settings.home, MARKER, {"backup": name})


def _require_empty_home(settings: Settings) -> None:
    if settings.home.exists() and any(settings.home.iterdir()):
        raise NotAllowed(
            f"{settings.home} holds something already; set ROSTERLINE_HOME to an empty folder"
        )


def _require_undamaged(source: Path, manifest: Manifest) -> None:
    wrong = [each.path for each in manifest.files if not _is_whole(source / each.path, each)]
    if wrong:
        raise StorageUnavailable(
            f"{len(wrong)} of {len(manifest.files)} files of the backup are damaged or missing, "
            f"the first is {wrong[0]}; nothing was restored. Copy the backup again, or use another"
        )


def _is_whole(path: Path, file: KeptFile) -> bool:
    try:
        return path.stat().st_size == file.size and digest(path) == file.sha256
    except FileNotFoundError:
        return False


def _make_roles(settings: Settings) -> None:
    """Make the roles that rights in the dump name, and let the logins in."""
    with connect_as_owner(settings) as connection:
        make_missing_roles(connection)
    let_logins_in(settings)


def _require_empty_database(settings: Settings) -> None:
    """Refuse an external database that holds tables."""
    for each in (direct_url(settings), plain_url(dagster_url(settings, directly=True))):
        if _count_tables(each):
            raise NotAllowed(
                "the database that ROSTERLINE_DATABASE_URL names, or Dagster's beside it, holds "
                "tables already; name an empty one"
            )


def _count_tables(url: str) -> int:
    with psycopg.connect(url, autocommit=True, **options(url)) as connection:
        row = connection.execute(_COUNT_TABLES).fetchone()
        return int(row[0]) if row else 0


def _copy_files(settings: Settings, source: Path, manifest: Manifest) -> None:
    for file in manifest.files:
        place = Path(file.path)
        if place.parts[0] != kept.HOME:
            continue
        target = settings.home.joinpath(*place.parts[1:])
        if _is_whole(target, file):
            continue
        copied = kept.copy_file(source / place, target, file.path)
        if copied.sha256 != file.sha256:
            raise StorageUnavailable(f"{file.path} of the backup changed while it was copied")
        target.chmod(file.mode)


def _fill_databases(settings: Settings, source: Path, manifest: Manifest) -> None:
    with connect_as_owner(settings) as connection:
        server_version = connection.info.server_version // 10_000
        if server_version < manifest.server_version:
            raise NotAllowed(
                f"the backup is of PostgreSQL {manifest.server_version} and this server is "
                f"{server_version}; use {manifest.server_version} or newer"
            )
    _make_roles(settings)
    for name, url in (
        (kept.REGISTRY_DUMP, direct_url(settings)),
        (kept.DAGSTER_DUMP, plain_url(dagster_url(settings, directly=True))),
    ):
        if not _count_tables(url):
            restore_database(url, server_version, source / name)
