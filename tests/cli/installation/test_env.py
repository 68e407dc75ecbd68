"""`rosterline env`: a shell in which dagster and dbt find this home."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.process_environment import PROJECT_DIR

PROGRAMS = Path(sys.executable).parent


@pytest.fixture
def in_shell(home):
    """Runs a line in a shell that has nothing but the line of `rosterline env`."""

    def run(line):
        path = {"PATH": f"{PROGRAMS}:{os.environ['PATH']}", "PYTHONWARNINGS": "ignore"}
        return subprocess.run(
            ["/bin/sh", "-c", f'eval "$(rosterline env)" && {line}'],
            env=home.as_environment() | path,
            cwd=home.home.parent,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    return run


@pytest.mark.slow
def test_dbt_and_dagster_work_in_a_shell_with_these_lines(in_shell, home):
    assert "All checks passed!" in in_shell("dbt debug --connection")
    assert "marts_staging" in in_shell("dbt ls -q --select stg_accounts --output json")
    assert (home.marts_dir / "by_hand" / "dbt.log").exists()
    assert in_shell("echo $DAGSTER_HOME").strip() == str(home.dagster_dir)
    # Dagster's own commands find the instance and its storage in PostgreSQL.
    assert "schedule_storage" in in_shell("dagster instance info")


@pytest.mark.slow
def test_dg_and_dagster_list_what_a_checkout_defines(in_shell):
    checkout = f"cd {PROJECT_DIR} &&"
    assets = json.loads(in_shell(f"{checkout} dg list defs --json"))["assets"]
    assert {"landed_files", "last_night"} < {each["asset_key"] for each in assets}
    jobs = in_shell(f"{checkout} dagster job list -m pipelines.definitions")
    assert {"Job: import_files", "Job: nightly_import"} < set(jobs.splitlines())
    schedules = in_shell(f"{checkout} dagster schedule list -m pipelines.definitions --name")
    assert {"prune_at_night", "nightly_import_utc"} < set(schedules.split())


def test_it_prints_what_a_shell_lacks_and_not_every_setting(rosterline, home):
    said = json.loads(rosterline("env", "--json").stdout)
    assert said["ROSTERLINE_HOME"] == str(home.home)
    assert {"DAGSTER_HOME", "DBT_PROJECT_DIR", "DBT_PROFILES_DIR", "ROSTERLINE_MARTS_HOST"} < set(
        said
    )
    assert "ROSTERLINE_SFTP_PORT" not in said


def test_a_value_with_special_characters_reaches_the_shell_unchanged(rosterline, home, monkeypatch):
    odd = home.home.parent / "it's $HOME"
    monkeypatch.setenv("ROSTERLINE_HOME", str(odd))
    lines = rosterline("env").stdout
    shown = subprocess.run(
        ["/bin/sh", "-c", f'{lines}\nprintf %s "$DAGSTER_HOME"'],
        capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    assert shown == str(odd / "dagster")
