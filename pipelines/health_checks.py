"""Checks over all imports: whether imports fail or are stuck, and whether senders send.

A sensor evaluates the checks every minute and reports them; it starts no run. A person can run a
check at any time in the UI.
"""

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg
from psycopg import Connection

from assets.resources import RosterlineResource
from registry.ledger.night_report import Trouble, read_troubles
from registry.ledger.silent_senders import FORGOTTEN_AFTER, SilentSender, silent_senders

COMING_THROUGH = dg.AssetCheckKey(dg.AssetKey("result_files"), "imports_come_through")
SENDING = dg.AssetCheckKey(dg.AssetKey("landed_files"), "senders_keep_sending")
HEALTH_CHECKS = (COMING_THROUGH, SENDING)
SHOWN = 20
REPEAT_SECONDS = 3600.0
"""A verdict that stays the same is reported again this often, to show that it still holds."""


# The time is the database's, because the verdicts are computed with its clock. The UI shows a check
# as not evaluated after its asset is materialised again, so a newly finished attempt also causes a
# report. It counts after 30 seconds, when Dagster has recorded the materialisation.
_CLOCK = """
SELECT extract(epoch FROM now())::float, max(finished_at)::text FROM attempt
WHERE finished_at < now() - interval '30 seconds'
"""


def judge_imports(troubles: Sequence[Trouble]) -> dg.AssetCheckResult:
    """Pass if there are no troubles; failed files are a warning, stuck imports are an error."""
    stuck = [each.key for each in troubles if each.state != "failed"]
    failed = [each.key for each in troubles if each.state == "failed"]
    shown: dict[str, Any] = {
        "failed in the last 24 hours": len(failed),
        "in processing for an hour": len(stuck),
        "partitions": ", ".join((stuck + failed)[:SHOWN]) or "none",
        "next": "rosterline night says why, and what to do",
    }
    return _result(COMING_THROUGH, passed=not troubles, is_error=bool(stuck), shown=shown)


def judge_senders(silent: Sequence[SilentSender]) -> dg.AssetCheckResult:
    """Pass if no account is silent; two weeks without a file are an error."""
    said = [f"{each.account} since {each.last_at:%Y-%m-%d}" for each in silent[:SHOWN]]
    shown: dict[str, Any] = {
        "silent accounts": len(silent),
        "accounts": ", ".join(said) or "none",
        "next": "ask the sender; rosterline status --account NAME lists what came before",
    }
    is_error = any(each.is_long for each in silent)
    return _result(SENDING, passed=not silent, is_error=is_error, shown=shown)


def _result(
    key: dg.AssetCheckKey, *, passed: bool, is_error: bool, shown: dict[str, Any]
) -> dg.AssetCheckResult:
    severity = dg.AssetCheckSeverity.ERROR if is_error else dg.AssetCheckSeverity.WARN
    return dg.AssetCheckResult(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=passed,
        severity=severity,
        metadata=shown,
    )


def is_news(verdict: str, cursor: str | None, now: float) -> bool:
    """Whether the verdict differs from the last report or that report is old; `now` in seconds."""
    try:
        last = json.loads(cursor or "{}")
        return bool(last["verdict"] != verdict or not 0 <= now - last["at"] < REPEAT_SECONDS)
    except (ValueError, KeyError, TypeError):
        return True


@dg.asset_check(
    asset=COMING_THROUGH.asset_key,
    name=COMING_THROUGH.name,
    description="No file failed in the last 24 hours (warns), and no import has been in processing "
    "for more than an hour (an error). Evaluated every minute.",
)
def imports_come_through(rosterline: RosterlineResource) -> dg.AssetCheckResult:
    """Evaluate the check when a person runs it."""
    with rosterline.connect() as connection:
        return judge_imports(read_troubles(connection))


@dg.asset_check(
    asset=SENDING.asset_key,
    name=SENDING.name,
    description="Every nightly account that used to send sent something in the last four days "
    "(warns), or at least in two weeks (an error); one that has been silent for "
    f"{FORGOTTEN_AFTER.days} days is no longer expected. Evaluated every minute.",
)
def senders_keep_sending(rosterline: RosterlineResource) -> dg.AssetCheckResult:
    """Evaluate the check when a person runs it."""
    with rosterline.connect() as connection:
        return judge_senders(silent_senders(connection))


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Reports, as checks, whether imports fail or are stuck and whether senders send.",
)
def import_fails_or_sticks(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Report the checks when a verdict changed, an attempt finished, or an hour passed."""
    with rosterline.connect() as connection:
        results = _judged(connection)
        ((now, newest),) = connection.execute(_CLOCK).fetchall()
    said = [{name: value.value for name, value in each.metadata.items()} for each in results]
    verdict = json.dumps([newest, *said])
    if not is_news(verdict, context.cursor, now):
        return dg.SensorResult(skip_reason="the verdicts are the same as in the last report")
    cursor = json.dumps({"verdict": verdict, "at": now})
    return dg.SensorResult(asset_events=[_evaluation(each) for each in results], cursor=cursor)


def _judged(connection: Connection) -> list[dg.AssetCheckResult]:
    return [judge_imports(read_troubles(connection)), judge_senders(silent_senders(connection))]


def _evaluation(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    (key,) = (key for key in HEALTH_CHECKS if key.name == result.check_name)
    return dg.AssetCheckEvaluation(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
    )
