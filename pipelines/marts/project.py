"""The dbt project and its manifest, which is parsed once for each state of the project's files."""

import fcntl
import hashlib
import json
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path
from typing import Any

from dagster_dbt import DbtProject

from pipelines.marts.dbt_files import DBT, DBT_DIR, dbt_environment
from pipelines.process_environment import DATABASE_VARIABLE
from registry.database.embedded_server import DATABASE
from registry.settings import Settings
from schemas.errors import RosterlineError

_MADE = ("target", "logs")
_SHOWN_CHARS = 2000


class ProjectUnreadable(RosterlineError):
    """dbt cannot parse the project; the message ends with dbt's output."""

    code = "marts_unreadable"


def prepared_project(settings: Settings, files: Path = DBT_DIR) -> DbtProject:
    """The project with a manifest of these files.

    If the checkout contains no manifest of them, dbt parses one into the home, because the checkout
    may be read-only. The folder is named for the files' digest, so that a process that loads an
    older manifest is not disturbed.

    Raises:
        ProjectUnreadable: dbt cannot parse it.
    """
    name = f"parsed-{_digest(files, os.environ.get(DATABASE_VARIABLE, DATABASE))}"
    target = files / "target" / name
    if not target.exists():
        target = parse_into(settings.marts_dir / name, files)
    return DbtProject(project_dir=files, profiles_dir=files, target_path=target)


def manifest_of(project: DbtProject) -> dict[str, Any]:
    """The manifest of a prepared project."""
    manifest: dict[str, Any] = json.loads(project.manifest_path.read_text())
    return manifest


def parse_into(target: Path, files: Path) -> Path:
    """Parse into this folder unless it exists; safe if several processes call it at once."""
    with _alone(target.parent):
        if not target.exists():
            _parse(files, target)
    return target


def _parse(files: Path, target: Path) -> None:
    """Let dbt parse into a temporary folder, and rename it to the target when it is complete."""
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


def _digest(files: Path, database: str) -> str:
    """A digest of the project's files, the version of dbt, and the database that a manifest names.

    The files' times are left out, because copying changes them.
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
    """Hold the lock of this home: one process parses, the others wait and find the manifest."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "parse.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


if __name__ == "__main__":
    # `make setup` parses for the embedded server into the checkout, so that no first start has to.
    parse_into(DBT_DIR / "target" / f"parsed-{_digest(DBT_DIR, DATABASE)}", DBT_DIR)
