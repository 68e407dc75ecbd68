"""Checks of this machine: Python, time zones, folders, disk."""

import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from cli.installation.check import Check
from registry.landing.disk_reserve import is_full, said_of
from registry.settings import Settings
from registry.settings.concern import GIB_BYTES

OLDEST_PYTHON = (3, 11)
LITTLE_DISK_BYTES = 5 * GIB_BYTES
NO_DISK_BYTES = GIB_BYTES // 2
_OF_OTHERS = stat.S_IRWXG | stat.S_IRWXO
_SEARCH = stat.S_IXGRP | stat.S_IXOTH
SAMPLE_ZONE = "America/New_York"


def check_machine(settings: Settings) -> Iterator[Check]:
    """All checks of this machine."""
    yield _check_python()
    yield _check_time_zones()
    yield _check_folders(settings)
    yield _check_modes(settings)
    if is_full(settings):
        yield Check("disk", "fail", "full, nothing is taken in", said_of(settings))
    else:
        yield check_disk(shutil.disk_usage(_nearest_existing(settings.home)).free)


def check_disk(free: int) -> Check:
    """Whether so many free bytes are enough."""
    found = f"{free / GIB_BYTES:.1f} GiB free"
    todo = "make room: received files, staging and results are kept under the home folder"
    if free < NO_DISK_BYTES:
        return Check("disk", "fail", found, todo)
    if free < LITTLE_DISK_BYTES:
        return Check("disk", "warn", found, todo)
    return Check("disk", "ok", found)


def is_time_zone(name: str) -> bool:
    """Whether this machine knows the IANA time zone."""
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError):
        return False
    return True


def _check_python() -> Check:
    found = sys.version.split()[0]
    if sys.version_info < OLDEST_PYTHON:
        return Check("python", "fail", found, "install Python 3.11 or newer")
    return Check("python", "ok", found)


def _check_time_zones() -> Check:
    if not is_time_zone(SAMPLE_ZONE):
        todo = "install the package tzdata, of the system or from PyPI"
        return Check("time zones", "fail", "no time zone data", todo)
    return Check("time zones", "ok", "known")


def _check_folders(settings: Settings) -> Check:
    folders = (
        settings.home,
        settings.drop_dir,
        settings.staging_dir,
        settings.log_dir,
        *(() if settings.store_url else (settings.archive_dir, settings.results_dir)),
    )
    closed = [str(folder) for folder in folders if not _is_writable(folder)]
    if closed:
        todo = "give this user the right to write there, or set ROSTERLINE_HOME"
        return Check("folders", "fail", f"cannot write to {', '.join(closed)}", todo)
    return Check("folders", "ok", f"can write under {settings.home}")


def _check_modes(settings: Settings) -> Check:
    """Whether patients' data are closed to other users of this machine."""
    private = (
        settings.archive_dir,
        settings.staging_dir,
        settings.results_dir,
        settings.copies_dir,
        settings.incoming_dir,
        settings.uploads_dir,
        settings.dagster_dir,
        settings.log_dir,
    )
    # As root the database's user passes through the home, and can list nothing there.
    open_to_others = [each for each in private if _has_bits(each, _OF_OTHERS)]
    if _has_bits(settings.home, _OF_OTHERS & ~_SEARCH):
        open_to_others.insert(0, settings.home)
    if not open_to_others:
        return Check("privacy", "ok", "other users of this machine cannot read patients' data")
    named = " ".join(str(each) for each in open_to_others)
    return Check("privacy", "warn", f"open to other users: {named}", f"`chmod go-rwx {named}`")


def _has_bits(folder: Path, bits: int) -> bool:
    return folder.exists() and bool(folder.stat().st_mode & bits)


def _is_writable(folder: Path) -> bool:
    """Try to write: only that shows rights and read-only disks.

    A folder that does not exist yet is tried in the nearest one above it that does.
    """
    existing = _nearest_existing(folder)
    try:
        with tempfile.TemporaryFile(dir=existing):
            return True
    except OSError:
        return False


def _nearest_existing(folder: Path) -> Path:
    return next(each for each in (folder, *folder.parents) if each.exists())
