"""The dbt project, and its manifest: parsed once for each state of its files, into our home."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

from dagster_dbt import DbtProject

from pipelines.process_environment import DATABASE_VARIABLE, PROJECT_DIR
from registry.database.embedded_server import DATABASE
from registry.settings import Settings
from schemas.errors import RosterlineError

DBT_DIR = PROJECT_DIR / "dbt"
DBT = Path(sys.executable).with_name("dbt")
_MADE = ("target", "logs")
_SHOWN_CHARS = 2000


class ProjectUnreadable(RosterlineError):
    """dbt cannot parse the project; the message ends with what it says."""

    code = "marts_unreadable"


def prepared_project(settings: Settings, files: Path = DBT_DIR) -> DbtProject:
    """The project with a manifest of just these files.

    Where the checkout has none of its own, the manifest is parsed into the home, for the checkout
    may be read-only; into a folder that is named for what it was parsed from, so that whoever
    loads it meanwhile is not disturbed by newer files.

    Raises:
        ProjectUnreadable: dbt cannot parse it.
    """
    name = f"parsed-{_digest(files, os.environ.get(DATABASE_VARIABLE, DATABASE))}"
    target = files / "target" / name
    if not target.exists():
        target = parse_into(settings.marts_dir / name, files)
    return DbtProject(project_dir=files, profiles_dir=files, target_path=target)


def parse_into(target: Path, files: Path) -> Path:
    """Parse into this folder unless it is there; safe when several processes do at once."""
    with _alone(target.parent):
        if not target.exists():
            _parse(files, target)
    return target


def _parse(files: Path, target: Path) -> None:
    """Let dbt parse into a draft, which takes the target's place once it is whole."""
    draft = Path(tempfile.mkdtemp(prefix=".parsing-", dir=target.parent))
    try:
        done = subprocess.run(
            [DBT, "parse", "--project-dir", files, "--profiles-dir", files],
            env=os.environ | dbt_environment() | {"DBT_TARGET_PATH": str(draft),
                                                  "DBT_LOG_PATH": str(draft)},
            capture_output=True,
            text=True,
            check=False,
        )  # fmt: skip
        if done.returncode:
            raise ProjectUnreadable(
                f"dbt cannot parse the project in {files}: {done.stdout[-_SHOWN_CHARS:]}"
            )
        for older in target.parent.glob("parsed-*"):
            shutil.rmtree(older)
        draft.rename(target)
    finally:
        shutil.rmtree(draft, ignore_errors=True)


def dbt_environment() -> dict[str, str]:
    """What keeps dbt to itself: it sends no statistics, and asks nobody for newer versions."""
    return {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}


def _digest(files: Path, database: str) -> str:
    """Names the state of the project's files, of dbt, and the database, which a manifest names too.

    Not the files' times, which a copy changes.
    """
    found = hashlib.sha256(f"{version('dbt-core')}\0{database}".encode())
    for path in sorted(path for path in files.rglob("*") if path.is_file()):
        name = path.relative_to(files)
        if name.parts[0] not in _MADE:
            found.update(f"\0{name}\0".encode())
            found.update(path.read_bytes())
    return found.hexdigest()[:16]


@contextmanager
def _alone(folder: Path) -> Iterator[None]:
    """Only one process of this home parses; the others wait and find the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "parse.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    # `make setup`: into the checkout and for the embedded server, so that no first start has to.
    parse_into(DBT_DIR / "target" / f"parsed-{_digest(DBT_DIR, DATABASE)}", DBT_DIR)
