"""The variables with which every Dagster process of this home runs."""

import tempfile
from pathlib import Path

from registry.database import dagster_url
from registry.settings import Settings

PROJECT_DIR = Path(__file__).parent.parent
INSTANCE_FILE = PROJECT_DIR / "dagster.yaml"


def dagster_environment(settings: Settings) -> dict[str, str]:
    """Prepare DAGSTER_HOME and return what to add to a process's environment.

    Starts the embedded PostgreSQL and creates Dagster's database when missing.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
    """
    artifacts = settings.dagster_dir / "artifacts"
    compute_logs = settings.dagster_dir / "compute_logs"
    for folder in (settings.dagster_dir, artifacts, compute_logs):
        folder.mkdir(parents=True, exist_ok=True)
    _copy(INSTANCE_FILE, settings.dagster_dir)
    return {
        **settings.as_environment(),
        "DAGSTER_HOME": str(settings.dagster_dir),
        "ROSTERLINE_DAGSTER_URL": dagster_url(settings),
        "ROSTERLINE_DAGSTER_ARTIFACTS": str(artifacts),
        "ROSTERLINE_DAGSTER_COMPUTE_LOGS": str(compute_logs),
        # Dagster stores naive timestamps and takes the session's zone for UTC.
        "PGTZ": "UTC",
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def _copy(file: Path, folder: Path) -> None:
    """Copy a file so that who reads it meanwhile finds the old one or the new one, whole."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(file.read_bytes())
    Path(draft.name).replace(folder / file.name)
