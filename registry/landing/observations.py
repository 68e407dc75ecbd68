"""What intake remembers of drop folders from look to look, with times that nobody can set.

Observations of files are in the home folder, a file per account, so that another intake service
goes on where one ended.

Times are `time.monotonic()`, seconds since boot. The boot's id stands beside them: after a
reboot, or on another machine, they mean nothing, and looking begins anew. No file name, and nothing
else by which a patient could be known, is kept here.
"""

import json
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
        for key, (size, mtime_ns, inode, since, registered) in unpack(kept).items()
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
        pack({key: (*each.stamp, each.since, each.registered) for key, each in seen.items()})
    )
    draft.replace(path)


def _file(settings: HomeSettings, account_name: str) -> Path:
    return settings.dagster_dir / "observations" / f"{account_name}.json"


def unpack(kept: str | None) -> dict:  # type: ignore[type-arg] # what JSON holds
    """What `pack` packed during this boot; nothing of another boot or shape."""
    try:
        found = json.loads(kept or "{}")
        return dict(found["seen"]) if found["boot"] == _boot() else {}
    except (ValueError, KeyError, TypeError):
        return {}


def pack(seen: dict) -> str:  # type: ignore[type-arg] # what JSON holds
    """Times since boot, by name, as text that is worth nothing after a reboot."""
    return json.dumps({"boot": _boot(), "seen": seen}, separators=(",", ":"))


def _boot() -> str:
    # Only Linux has this file. Elsewhere, times in the future still reveal a reboot.
    return BOOT_ID.read_text().strip() if BOOT_ID.exists() else ""
