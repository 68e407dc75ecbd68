"""The variables with which every Dagster process of this home runs."""

import tempfile
from pathlib import Path

from psycopg import pq

from registry.database import dagster_url, database_url
from registry.settings import Settings

PROJECT_DIR = Path(__file__).parent.parent
INSTANCE_FILE = PROJECT_DIR / "dagster.yaml"

DATABASE_VARIABLE = "ROSTERLINE_MARTS_DATABASE"

_PROFILE = {
    b"host": "ROSTERLINE_MARTS_HOST",
    b"port": "ROSTERLINE_MARTS_PORT",
    b"user": "ROSTERLINE_MARTS_USER",
    b"dbname": DATABASE_VARIABLE,
    # dbt keeps variables whose name begins so out of its logs.
    b"password": "DBT_ENV_SECRET_ROSTERLINE_MARTS",
}
"""What dbt/profiles.yml asks for by its own variables."""


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
        **marts_environment(database_url(settings)),
        # Dagster stores naive timestamps and takes the session's zone for UTC.
        "PGTZ": "UTC",
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def marts_environment(url: str) -> dict[str, str]:
    """How dbt/profiles.yml reaches the registry, as variables.

    What else the address says, TLS above all, is given by the variables of PostgreSQL's own
    client library, which every connection of these processes is made with. Other connections say
    the same themselves.
    """
    said = {option.keyword: option for option in pq.Conninfo.parse(url.encode()) if option.val}
    defaults = {option.keyword: option.val for option in pq.Conninfo.get_defaults()}
    own = {
        variable: said.pop(keyword).val if keyword in said else defaults[keyword]
        for keyword, variable in _PROFILE.items()
    }
    further = {option.envvar.decode(): option.val for option in said.values() if option.envvar}
    return {name: (value or b"").decode() for name, value in (own | further).items()}


def _copy(file: Path, folder: Path) -> None:
    """Copy a file so that who reads it meanwhile finds the old one or the new one, whole."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(file.read_bytes())
    Path(draft.name).replace(folder / file.name)
