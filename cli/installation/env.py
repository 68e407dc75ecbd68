"""`rosterline env`: the environment in which dagster, dg and dbt work on this home."""

import shlex

import typer

from cli import output
from cli.home import read_settings, registry
from pipelines.marts.dbt_files import DBT_DIR, dbt_environment
from pipelines.process_environment import dagster_environment
from registry.settings import Settings

app = typer.Typer(no_args_is_help=True)


@app.command("env")
def show_environment(*, as_json: output.Json = False) -> None:
    """Print the variables with which dagster, dg and dbt work on this home.

    For a shell: `eval "$(rosterline env)"`, and then `dbt build` or `dagster asset list`. The
    embedded PostgreSQL is started if it does not run. With an external database, the lines contain
    its password.
    """
    settings = read_settings()
    with registry(settings):  # a new home gets its tables
        variables = environment_by_hand(settings)
    if as_json:
        output.say_json(variables)
        return
    for name, value in variables.items():
        output.console.out(f"export {name}={shlex.quote(value)}", highlight=False)


def environment_by_hand(settings: Settings) -> dict[str, str]:
    """What a person's shell lacks: where Dagster's instance, the database and dbt's project are.

    Other settings are left out: they are in the shell already, or have their defaults, and would
    hide later changes.
    """
    known = settings.as_environment()
    home = "ROSTERLINE_HOME"
    found = dagster_environment(settings)
    needed = {name: value for name, value in found.items() if name == home or name not in known}
    files, written = str(DBT_DIR), str(settings.marts_dir / "by_hand")
    return (
        needed
        | dbt_environment()
        | {
            "DBT_PROJECT_DIR": files,
            "DBT_PROFILES_DIR": files,
            # The checkout may be read-only, and belong to several homes.
            "DBT_TARGET_PATH": written,
            "DBT_LOG_PATH": written,
        }
    )
