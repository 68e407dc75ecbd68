"""What sensors remember from tick to tick: observations on a clock that nobody can set.

Times are `time.monotonic()`, seconds since boot. The boot's id stands beside them: after a
reboot, or on another machine, they mean nothing, and looking begins anew. Neither file names nor
anything else a patient could be known by is kept here; Dagster's UI shows cursors.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from registry.landing.stability import FileObservation, FileStamp, Observations

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_observations(cursor: str | None) -> dict[str, dict[str, FileObservation]]:
    """Sightings of each account's files; empty after a reboot and for a cursor of another kind."""
    accounts = _read(cursor)
    return {
        account: {
            key: FileObservation(FileStamp(size, mtime_ns, inode), since, registered)
            for key, (size, mtime_ns, inode, since, registered) in files.items()
        }
        for account, files in accounts.items()
    }


def write_observations(accounts: Mapping[str, Observations]) -> str:
    """The cursor that `read_observations` reads."""
    return _write(
        {
            account: {
                key: (*seen.stamp, seen.since, seen.registered) for key, seen in files.items()
            }
            for account, files in accounts.items()
            if files
        }
    )


def read_times(cursor: str | None) -> dict[str, float]:
    """When each thing was first seen; empty after a reboot."""
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
    # Elsewhere than on Linux there is no such file; the rule about the future still holds there.
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
