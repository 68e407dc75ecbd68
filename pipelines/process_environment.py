"""The environment variables of every Dagster process of this home."""

import hashlib
import json
import os
import tempfile
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import yaml
from psycopg import pq

from registry.database.connections import dagster_url, direct_url, runs_url
from registry.settings import Settings
from schemas.errors import NotAllowed

PROJECT_DIR = Path(__file__).parent.parent
INSTANCE_FILE = PROJECT_DIR / "dagster.yaml"
LOCATION = "pipelines.definitions"
MARTS_LOCATION = "pipelines.marts.definitions"

LAUNCHERS_DIR = PROJECT_DIR / "pipelines" / "run_launchers"
"""A file for each run launcher with its part of the instance file."""

_PACKAGES = {"celery": "dagster_celery", "kubernetes": "dagster_k8s"}
_POOLED_STORAGE = {"module": "pipelines.storage", "class": "PooledPostgresStorage"}
_RUNS_OF_MANY_FILES = ("dagster/backfill", "rosterline/long")
"""Tags of runs that take long: each kind has less than half of the places of imports."""
_WRITTEN = """\
# Written at each start, from the checkout's dagster.yaml and the settings
# (docs/decisions/018-runs-and-doors.md).
"""

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


DAGSTER_SECRETS = ("ROSTERLINE_DAGSTER_URL", _PROFILE[b"password"])
"""Variables with the password of the login of runs; the gateway's processes do not get them."""


def dagster_environment(settings: Settings) -> dict[str, str]:
    """Prepare DAGSTER_HOME and return the variables to add to a process's environment.

    This starts the embedded PostgreSQL and creates Dagster's database if it does not exist.

    Raises:
        DatabaseUnavailable: PostgreSQL cannot be reached.
        NotAllowed: the packages of the run launcher are not installed.
    """
    artifacts = settings.dagster_dir / "artifacts"
    compute_logs = settings.dagster_dir / "compute_logs"
    for folder in (settings.dagster_dir, artifacts, compute_logs):
        folder.mkdir(parents=True, exist_ok=True)
    _write_instance_file(settings, settings.dagster_dir / INSTANCE_FILE.name)
    return {
        **settings.as_environment(),
        "DAGSTER_HOME": str(settings.dagster_dir),
        "ROSTERLINE_DAGSTER_URL": dagster_url(settings),
        **_past_a_pooler(settings),
        "ROSTERLINE_DAGSTER_ARTIFACTS": str(artifacts),
        "ROSTERLINE_DAGSTER_COMPUTE_LOGS": str(compute_logs),
        **marts_environment(direct_url(settings, runs_url(settings))),
        # Dagster stores naive timestamps and assumes that the session's zone is UTC.
        "PGTZ": "UTC",
        "DAGSTER_DISABLE_TELEMETRY": "true",
    }


def _past_a_pooler(settings: Settings) -> dict[str, str]:
    """What locks of `pipelines.storage` and the webserver connect to, where there is a pooler."""
    if settings.database_direct_url is None:
        return {}
    return {"ROSTERLINE_DAGSTER_DIRECT_URL": dagster_url(settings, directly=True)}


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


def runs_socket(settings: Settings) -> Path:
    """Where the run server listens, which forks a process for each run."""
    return _socket(settings, "runs.sock")


def _socket(settings: Settings, name: str) -> Path:
    """A socket in Dagster's folder; elsewhere where the home's path is too long for it."""
    path = settings.dagster_dir.absolute() / name
    if len(os.fsencode(path)) <= _MAX_SOCKET_BYTES:
        return path
    digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"rosterline-{digest}.sock"


def instance_config(settings: Settings) -> dict[str, Any]:
    """The instance file of this home: the checkout's, with what the settings choose.

    The storage keeps a pool of connections, runs have the chosen launcher with its own limits of
    time, and as many are under way at a time as the settings allow.

    Raises:
        NotAllowed: the launcher's packages are not installed.
    """
    config: dict[str, Any] = yaml.safe_load(INSTANCE_FILE.read_text())
    config["storage"] = {"custom": {**_POOLED_STORAGE, "config": config["storage"]["postgres"]}}
    config["concurrency"]["runs"]["max_concurrent_runs"] = settings.max_concurrent_runs
    config["concurrency"]["pools"]["default_limit"] = settings.max_concurrent_imports
    for limit in config["concurrency"]["runs"]["tag_concurrency_limits"]:
        if limit["key"] in _RUNS_OF_MANY_FILES:
            limit["limit"] = max(1, (settings.max_concurrent_imports - 1) // 2)
    _require_packages_of(settings.run_launcher)
    part = yaml.safe_load((LAUNCHERS_DIR / f"{settings.run_launcher}.yaml").read_text())
    for section, values in part.items():
        config[section] = {**config.get(section, {}), **values}
    return config


def _require_packages_of(launcher: str) -> None:
    if launcher in _PACKAGES and find_spec(_PACKAGES[launcher]) is None:
        raise NotAllowed(
            f"ROSTERLINE_RUN_LAUNCHER is {launcher}, and its packages are not installed; install "
            f"them: pip install --editable '.[{launcher}]'"
        )


def _write_instance_file(settings: Settings, path: Path) -> None:
    """Write the instance file by renaming: a concurrent reader sees the old or the new one."""
    with tempfile.NamedTemporaryFile("w", dir=path.parent, delete=False) as draft:
        draft.write(_WRITTEN + yaml.safe_dump(instance_config(settings), sort_keys=False))
    Path(draft.name).replace(path)
