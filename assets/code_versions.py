"""Code versions of the stages: what decides how a row ends, as a digest.

Dagster compares a partition's code version with the present one, so that a changed rule shows which
imports were made by the former one. A stage's version is that of its own modules and SQL and of the
declarations which it reads. Comments count too; a digest of what the code means would cost more.
"""

import hashlib
from functools import cache
from pathlib import Path

PROJECT = Path(__file__).parent.parent

_SOURCES = {
    "landed_files": ("rosters", "assets/landed_files", "assets/raw_rows.py", "schemas"),
    "staged_patients": ("schemas", "assets/staged_patients", "assets/sql", "rosters/sql"),
    "matched_patients": ("schemas", "assets/matching", "assets/matched_patients"),
    "patients": ("schemas/canonical.py", "assets/patients"),
    "result_files": ("schemas", "assets/result_files"),
}


def code_version(stage: str, project: Path = PROJECT) -> str:
    """Twelve hex digits that change with the stage's code, SQL and declarations."""
    digest = hashlib.sha256()
    for source in _SOURCES[stage]:
        digest.update(_digest(project, source))
    return digest.hexdigest()[:12]


@cache
def _digest(project: Path, source: str) -> bytes:
    path = project / source
    files = sorted([*path.rglob("*.py"), *path.rglob("*.sql")]) if path.is_dir() else [path]
    digest = hashlib.sha256()
    for file in files:
        # `assets.py` says how Dagster shows a stage, and nothing about rows.
        if file.name != "assets.py":
            digest.update(f"{file.relative_to(project)}\0".encode() + file.read_bytes())
    return digest.digest()
