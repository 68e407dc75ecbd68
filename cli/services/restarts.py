"""What the supervisor started again: a line each, for `doctor` and `night`."""

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from registry.settings import Settings
from registry.store.durable_files import draft_in

KEPT = 500
"""Lines; older ones are dropped."""


@dataclass(frozen=True)
class Restart:
    """A service, or PostgreSQL, that ended and was started again; `fault` where that failed."""

    at: datetime
    name: str
    fault: str | None = None


def note_restart(settings: Settings, restart: Restart) -> None:
    """Add a line; the file stays small."""
    settings.log_dir.mkdir(parents=True, exist_ok=True)
    line = json.dumps(asdict(restart), default=str)
    lines = [*_lines(_file(settings)), line][-KEPT:]
    with draft_in(settings.log_dir) as draft:
        draft.write(("\n".join(lines) + "\n").encode())
        draft.flush()
        Path(draft.name).replace(_file(settings))


def restarts_since(settings: Settings, age: timedelta) -> list[Restart]:
    """What was started again in the time until now, the oldest first."""
    after = datetime.now(UTC) - age
    return [each for each in _read(settings) if each.at >= after]


def _read(settings: Settings) -> Iterator[Restart]:
    for line in _lines(_file(settings)):
        try:
            said = json.loads(line)
            yield Restart(datetime.fromisoformat(said["at"]), said["name"], said["fault"])
        except (ValueError, KeyError, TypeError):
            continue


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text().splitlines()
    except FileNotFoundError:
        return []


def _file(settings: Settings) -> Path:
    return settings.log_dir / "restarts.jsonl"
