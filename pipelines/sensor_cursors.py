"""What sensors remember from tick to tick, with times of a clock that nobody can set.

Times are `time.monotonic()`, seconds since boot, and are stored together with the boot's id. After
a reboot or on another machine they are meaningless, so the sensor starts to observe anew. Dagster's
UI shows cursors, so they contain no file names and nothing else that could identify a patient.
"""

import json
from collections.abc import Mapping
from pathlib import Path

from registry.landing.stability import FileObservation, FileStamp, Observations

BOOT_ID = Path("/proc/sys/kernel/random/boot_id")


def read_observations(cursor: str | None) -> dict[str, dict[str, FileObservation]]:
    """Observations by account and file; empty after a reboot and for a cursor of another shape."""
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
