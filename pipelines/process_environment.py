"""The environment variables of every Dagster process of this home."""

import hashlib
import json
import os
import tempfile
from pathlib import Path

from psycopg import pq

from registry.database.connections import dagster_url, database_url
from registry.settings import Settings

PROJECT_DIR = Path(__file__).parent.parent
INSTANCE_FILE = PROJECT_DIR / "dagster.yaml"
LOCATION = "pipelines.definitions"
MARTS_LOCATION = "pipelines.marts.definitions"

_MAX_SOCKET_BYTES = 100
"""The kernel allows 107 bytes for the path of a socket."""

DATABASE_VARIABLE = "ROSTERLINE_MARTS_DATABASE"

_PROFILE = {
    b"host": "ROSTERLINE_MARTS_HOST",
    b"port": "ROSTERLINE_MARTS_PORT",
    b"user": "ROSTERLINE_MARTS_USER",
    b"dbname": DATABASE_VARIABLE,
    # dbt keeps variables with the prefix DBT_ENV_SECRET_ out of its logs.
    b"password": "DBT_ENV_SECRET_ROSTERLINE_MARTS",
}
"""Connection options of libpq, and the variables that dbt/profiles.yml reads for them."""


def dagster_environment(settings: Settings) -> dict[str, str]:
    """Prepare DAGSTER_HOME and return the variables to add to a process's environment.

    This starts the embedded PostgreSQL and creates Dagster's database if it does not exist.

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
        # Dagster stores naive timestamps and assumes that the session's zone is UTC.
        "PGTZ": "UTC",
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def marts_environment(url: str) -> dict[str, str]:
    """The variables by which dbt/profiles.yml connects to the registry.

    Further options of the URL, such as those of TLS, become variables of libpq (PGSSLMODE, …),
    which PostgreSQL's client library reads in dbt's process. Every other connection of these
    processes gets the same options from the same URL.
    """
    said = {option.keyword: option for option in pq.Conninfo.parse(url.encode()) if option.val}
    defaults = {option.keyword: option.val for option in pq.Conninfo.get_defaults()}
    own = {
        variable: said.pop(keyword).val if keyword in said else defaults[keyword]
        for keyword, variable in _PROFILE.items()
    }
    further = {option.envvar.decode(): option.val for option in said.values() if option.envvar}
    return {name: (value or b"").decode() for name, value in (own | further).items()}


def write_workspace(settings: Settings) -> Path:
    """Write a workspace whose marts are served by the one code server that `up` starts.

    With the checkout's workspace.yaml, webserver and daemon would each start a server for the
    marts, and loading dagster-dbt takes eight seconds of processor time and 250 MB.
    """
    own = {"module_name": LOCATION, "working_directory": str(PROJECT_DIR)}
    marts = {"host": "localhost", "socket": str(marts_socket(settings)), "location_name": "marts"}
    locations = [
        {"python_module": own | {"location_name": "rosterline"}},
        {"grpc_server": marts},
    ]
    path = settings.dagster_dir / "workspace.yaml"
    path.write_text(json.dumps({"load_from": locations}, indent=2))  # JSON is YAML
    return path


def marts_socket(settings: Settings) -> Path:
    """The socket of the marts' code server; in a temporary folder if the path gets too long."""
    path = settings.dagster_dir.absolute() / "marts.sock"
    if len(os.fsencode(path)) <= _MAX_SOCKET_BYTES:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"rosterline-{name}.sock"


def _copy(file: Path, folder: Path) -> None:
    """Copy a file by renaming, so that a concurrent reader sees the old file or the new one."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(file.read_bytes())
    Path(draft.name).replace(folder / file.name)
