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
    """Write a workspace whose code locations are served by the servers that `up` starts.

    With the checkout's workspace.yaml, webserver and daemon would each start servers of their own.
    A killed one would be missing until the daemon reads its workspace, once a minute, and loading
    dagster-dbt takes eight seconds of processor time and a quarter of a gigabyte.
    """
    sockets = {"rosterline": code_socket(settings), "marts": marts_socket(settings)}
    locations = [
        {"grpc_server": {"host": "localhost", "socket": str(path), "location_name": name}}
        for name, path in sockets.items()
    ]
    path = settings.dagster_dir / "workspace.yaml"
    path.write_text(json.dumps({"load_from": locations}, indent=2))  # JSON is YAML
    return path


def code_socket(settings: Settings) -> Path:
    """Where the code server of imports listens; its child processes are the runs."""
    return _socket(settings, "code.sock")


def marts_socket(settings: Settings) -> Path:
    """Where the marts' code server listens."""
    return _socket(settings, "marts.sock")


def _socket(settings: Settings, name: str) -> Path:
    """A socket in Dagster's folder; elsewhere where the home's path is too long for it."""
    path = settings.dagster_dir.absolute() / name
    if len(os.fsencode(path)) <= _MAX_SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"rosterline-{digest}.sock"


def _copy(file: Path, folder: Path) -> None:
    """Copy a file by renaming, so that a concurrent reader sees the old file or the new one."""
    with tempfile.NamedTemporaryFile(dir=folder, prefix=f".{file.name}.", delete=False) as draft:
        draft.write(file.read_bytes())
    Path(draft.name).replace(folder / file.name)
