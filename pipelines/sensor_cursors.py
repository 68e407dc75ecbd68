"""What sensors remember from tick to tick, with times of a clock that nobody can set.

Observations of files are in the home folder, a file per account, and go with what was observed:
Dagster copies a sensor's cursor with every tick, and an account can have thousands of files.

Times are `time.monotonic()`, seconds since boot. The boot's id stands beside them: after a
reboot, or on another machine, they mean nothing, and looking begins anew. Neither file names nor
anything else a patient could be known by is kept here; Dagster's UI shows cursors.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from registry.landing.stability import FileObservation, FileStamp, Observations
from registry.settings.home import HomeSettings

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_observations(settings: HomeSettings, account_name: str) -> dict[str, FileObservation]:
    """Sightings of an account's files; none after a reboot, or where they cannot be read."""
    try:
        kept = _file(settings, account_name).read_text()
    except OSError:
        return {}
    return {
        key: FileObservation(FileStamp(size, mtime_ns, inode), since, registered)
        for key, (size, mtime_ns, inode, since, registered) in _read(kept).items()
    }


def write_observations(
    settings: HomeSettings, account_name: str, seen: Observations, before: Observations
) -> None:
    """Keep what `read_observations` reads, where it is not what was kept `before`."""
    if seen == before:
        return
    path = _file(settings, account_name)
    if not seen:
        path.unlink(missing_ok=True)
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    draft = path.with_suffix(".tmp")
    draft.write_text(
        _write({key: (*each.stamp, each.since, each.registered) for key, each in seen.items()})
    )
    draft.replace(path)


def _file(settings: HomeSettings, account_name: str) -> Path:
    return settings.dagster_dir / "observations" / f"{account_name}.json"


def read_times(cursor: str | None) -> dict[str, float]:
    """When each import was first seen without a run, by name; empty after a reboot."""
    return dict(_read(cursor))


def write_times(times: Mapping[str, float]) -> str:
    """The cursor that `read_times` reads."""
    return _write(dict(times))


def _read(cursor: str | None) -> dict:  # type: ignore[type-arg] # what JSON holds
    try:
        kept = json.loads(cursor or "{}")
        return dict(kept["seen"]) if kept["boot"] == _boot() else {}
    except (ValueError, KeyError, TypeError):
        return {}


def _write(seen: dict) -> str:  # type: ignore[type-arg] # what JSON holds
    return json.dumps({"boot": _boot(), "seen": seen}, separators=(",", ":"))


def _boot() -> str:
    # Only Linux has this file. Elsewhere, times in the future still reveal a reboot.
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
