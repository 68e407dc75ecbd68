"""Where an error came from: our line, and the SQL file that ran there. Neither holds a value."""

import linecache
import re
import traceback
from collections.abc import Iterator
from pathlib import Path

PROJECT = Path(__file__).parents[1]
STEP_NOTE = "step: "
"""How the note begins by which `assets.steps` names the step that failed."""

_STATEMENT = re.compile(r'\b_?(?:SQL|STEPS)\["(\w+)"\]')


def place_of(error: BaseException) -> str:
    """`registry/ledger/states.py:131, registry/ledger/sql/apply_attempt.sql`; empty if unknown."""
    frames = [
        frame
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename).is_relative_to(PROJECT) and ".venv" not in frame.filename
    ]
    if not frames:
        return ""
    line = f"{_named(Path(frames[-1].filename))}:{frames[-1].lineno}"
    return ", ".join([line, *_sql_of(error, frames)])


def _sql_of(error: BaseException, frames: list[traceback.FrameSummary]) -> list[str]:
    """The SQL file that ran, as the innermost line that names one says."""
    steps = [
        note.removeprefix(STEP_NOTE)
        for note in getattr(error, "__notes__", ())
        if note.startswith(STEP_NOTE)
    ]
    for frame in reversed(frames):
        folder = Path(frame.filename).parent / "sql"
        for name in steps or _statements_in(frame):
            if (folder / f"{name}.sql").is_file():
                return [_named(folder / f"{name}.sql")]
    return [f"step {name}" for name in steps]


def _statements_in(frame: traceback.FrameSummary) -> Iterator[str]:
    first = frame.lineno or 1
    lines = range(first, (frame.end_lineno or first) + 1)
    text = "".join(linecache.getline(frame.filename, number) for number in lines)
    return (found[1] for found in _STATEMENT.finditer(text))


def _named(path: Path) -> str:
    return path.relative_to(PROJECT).as_posix()
