"""The standing check on the results: whether imports fail or stick, told without a run.

A sensor judges and reports; it starts nothing. A person can ask at any time by running the check.
"""

import json
from collections.abc import Sequence

import dagster as dg

from assets.resources import RosterlineResource
from registry.night import Trouble, read_troubles

ASSET = "result_files"
CHECK = "imports_come_through"
STANDING = dg.AssetCheckKey(dg.AssetKey(ASSET), CHECK)
SHOWN = 20
REPEAT_SECONDS = 3600.0
"""A verdict that stays the same is told again this often, so that one sees that it still holds."""


# The database's time: verdicts are about its clock. The UI shows a check as not looked at once its
# asset was made again, so a further result is news too; a little later, when Dagster knows of it.
_CLOCK = """
SELECT extract(epoch FROM now())::float, max(finished_at)::text FROM attempt
WHERE finished_at < now() - interval '30 seconds'
"""


def judge(troubles: Sequence[Trouble]) -> dg.AssetCheckResult:
    """Passes without troubles; files that failed warn, imports that stick are errors of ours."""
    stuck = [each.key for each in troubles if each.state != "failed"]
    failed = [each.key for each in troubles if each.state == "failed"]
    severity = dg.AssetCheckSeverity.ERROR if stuck else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=ASSET,
        check_name=CHECK,
        passed=not troubles,
        severity=severity,
        metadata={
            "failed in the last 24 hours": len(failed),
            "in processing for an hour": len(stuck),
            "partitions": ", ".join((stuck + failed)[:SHOWN]) or "none",
            "next": "`rosterline night` says why, and what to do",
        },
    )


def is_news(verdict: str, cursor: str | None, now: float) -> bool:
    """Whether a verdict differs from the one told last, or was told long ago; `now` in seconds."""
    try:
        told = json.loads(cursor or "{}")
        return bool(told["verdict"] != verdict or not 0 <= now - told["at"] < REPEAT_SECONDS)
    except (ValueError, KeyError, TypeError):
        return True


@dg.asset_check(
    asset=ASSET,
    name=CHECK,
    description="No file failed in the last 24 hours (warns), and no import has been in processing "
    "for more than an hour (an error of ours). Looked at every minute.",
)
def imports_come_through(rosterline: RosterlineResource) -> dg.AssetCheckResult:
    """The check, when a person asks."""
    with rosterline.connect() as connection:
        return judge(read_troubles(connection))


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Tells whether imports fail or stick, as a check on the result files.",
)
def import_fails_or_sticks(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Report the check when its verdict is news, or when there are further results."""
    with rosterline.connect() as connection:
        result = judge(read_troubles(connection))
        ((now, newest),) = connection.execute(_CLOCK).fetchall()
    said = {name: value.value for name, value in result.metadata.items()}
    verdict = json.dumps([newest, said])
    if not is_news(verdict, context.cursor, now):
        return dg.SensorResult(skip_reason="the verdict is the one that was told last")
    told = dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey(ASSET),
        check_name=CHECK,
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
    )
    cursor = json.dumps({"verdict": verdict, "at": now})
    return dg.SensorResult(asset_events=[told], cursor=cursor)
