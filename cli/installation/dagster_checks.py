"""Checks of Dagster: whether its daemon is alive, and whether what intake needs is on."""

import json
import os
import subprocess
import sys
from collections.abc import Collection, Iterator, Mapping

from cli.installation.check import Check
from pipelines.process_environment import PROJECT_DIR
from registry.settings import Settings

OLD_HEARTBEAT_SECONDS = 120.0
"""Each part of the daemon gives a sign of life every 30 seconds."""


def check_dagster(settings: Settings) -> Iterator[Check]:
    """Whether the daemon lives, wherever it runs, and whether automations are on."""
    asked = subprocess.run(
        [sys.executable, "-W", "ignore", "-m", "pipelines.liveness"],
        cwd=PROJECT_DIR,
        env=os.environ | settings.as_environment(),
        capture_output=True,
        text=True,
        check=False,
    )
    if asked.returncode:
        todo = "`python -m pipelines.liveness` says why"
        yield Check("dagster daemon", "fail", "Dagster's storage cannot be read", todo)
        return
    found = json.loads(asked.stdout.splitlines()[-1])
    yield check_daemon(found["parts"])
    yield check_automations(found["off"], found["needed"], found["useful"])


def check_daemon(parts: Mapping[str, float | None]) -> Check:
    """Whether every part of the daemon gave a sign of life lately; seconds ago by its name."""
    beats = [seconds for seconds in parts.values() if seconds is not None]
    if not beats:
        return Check("dagster daemon", "warn", "never ran here", "`rosterline up` starts it")
    old = [
        name
        for name, seconds in parts.items()
        if seconds is None or seconds > OLD_HEARTBEAT_SECONDS
    ]
    if len(old) == len(parts):
        found = f"last sign of life {min(beats):,.0f} seconds ago: nothing is imported by itself"
        return Check("dagster daemon", "fail", found, "`rosterline up` starts it; see its log")
    if old:
        todo = "`rosterline down` and `rosterline up`; the end of its log may say why"
        return Check("dagster daemon", "fail", f"no sign of life of {', '.join(old)}", todo)
    return Check("dagster daemon", "ok", f"gave a sign of life {min(beats):,.0f} seconds ago")


def check_automations(
    off: Collection[str], needed: Collection[str], useful: Collection[str]
) -> Check:
    """Whether sensors, and the schedules of nightly accounts' zones, are on."""
    todo = "turn it on in the Dagster UI, on the page Automation"
    if missed := [name for name in needed if name in off]:
        return Check("automations", "fail", f"off: {', '.join(missed)}; their files wait", todo)
    if missed := [name for name in useful if name in off]:
        return Check("automations", "warn", f"off: {', '.join(missed)}", todo)
    return Check("automations", "ok", "no sensor or schedule that intake needs is off")
