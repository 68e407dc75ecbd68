"""Asset `last_night` and its checks: what failed or is stuck, and whether senders send.

A sensor looks into the ledger every minute and reports what it finds; it starts no run. A person
can run a check at any time in the UI.
"""

import json
from collections.abc import Sequence
from typing import Any

import dagster as dg
from psycopg import Connection

from assets.materialisation import OWNERS
from assets.resources import RosterlineResource
from registry.ledger.night_report import Trouble, read_troubles
from registry.ledger.silent_senders import FORGOTTEN_AFTER, SilentSender, silent_senders
from registry.ledger.states import GAVE_UP, HELD
from registry.settings import Settings
from schemas.issues import CODES

LAST_NIGHT = dg.AssetSpec(
    "last_night",
    deps=["result_files"],
    group_name="operations",
    owners=list(OWNERS),
    kinds={"postgres"},
    metadata={"docs": dg.MetadataValue.path("docs/tasks/watch-a-night.md")},
    description="""What needs a hand: files that failed in the last 24 hours or are held for a
person, and imports that are stuck. The list is below, in the metadata.

**Grain**: one entry per import, in the newest observation.

**Source**: the ledger, looked at every minute.

**Run again**: there is nothing to run; a file that failed is listed for a day, and no longer once
it is imported after all.
""",
)
COMING_THROUGH = dg.AssetCheckKey(LAST_NIGHT.key, "imports_come_through")
SENDING = dg.AssetCheckKey(LAST_NIGHT.key, "senders_keep_sending")
HEALTH_CHECKS = (COMING_THROUGH, SENDING)
SHOWN = 20
LISTED = 100
REPEAT_SECONDS = 3600.0
"""A verdict that stays the same is reported again this often, to show that it still holds."""

# The time is the database's, because the verdicts are computed with its clock.
_CLOCK = "SELECT extract(epoch FROM now())::float"


def observe(troubles: Sequence[Trouble], settings: Settings) -> dg.AssetObservation:
    """What the page of asset `last_night` shows."""
    return dg.AssetObservation(
        LAST_NIGHT.key,
        metadata={
            "what needs a hand": dg.MetadataValue.md(_list(troubles, settings)),
            "failed in the last 24 hours": sum(each.state == "failed" for each in troubles),
            "held for a person": sum(each.state == HELD for each in troubles),
            "stuck": sum(each.is_stuck for each in troubles),
        },
    )


def _list(troubles: Sequence[Trouble], settings: Settings) -> str:
    """A Markdown list; the page is too narrow for a table of these columns."""
    if not troubles:
        return "Nothing: no file failed, none is held, and none is stuck."
    entries = [_entry(each, settings) for each in troubles[:LISTED]]
    more = len(troubles) - len(entries)
    return "\n".join([*entries, *([f"\nand {more} more"] if more else [])])


def _entry(trouble: Trouble, settings: Settings) -> str:
    reason, remedy = advice(trouble)
    partition = f"/assets/result_files?view=partitions&partition={trouble.key}"
    portal = f"{settings.api_url}/imports/{trouble.import_id}"
    return (
        f"- **{trouble.account}**: {reason}; {remedy}. [{trouble.key}]({partition}), "
        f"{_run(trouble)}, [file in the portal]({portal}), since {trouble.since:%Y-%m-%d %H:%M} UTC"
    )


def advice(trouble: Trouble) -> tuple[str, str]:
    """Reason and remedy, without any content of the file."""
    if trouble.state != "failed":
        return trouble.why_stuck, trouble.way_out
    code = CODES.get(trouble.fault_code or "")
    if code is None or code.code == GAVE_UP:
        return f"{trouble.fault_code}", "its run says why"
    return f"{code.code}, {code.meaning}", code.remedy


def _run(trouble: Trouble) -> str:
    return f"[run {trouble.run_id[:8]}](/runs/{trouble.run_id})" if trouble.run_id else "no run"


def judge_imports(troubles: Sequence[Trouble]) -> dg.AssetCheckResult:
    """Pass if there are no troubles; failed and held files warn, stuck imports are an error."""
    stuck = [each.key for each in troubles if each.is_stuck]
    failed = [each.key for each in troubles if each.state == "failed"]
    held = [each.key for each in troubles if each.state == HELD]
    shown: dict[str, Any] = {
        "failed in the last 24 hours": len(failed),
        "held for a person": len(held),
        "stuck": len(stuck),
        "partitions": ", ".join((stuck + held + failed)[:SHOWN]) or "none",
        "next": "the list in the metadata of this asset says why, and what to do",
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
    description="No file failed in the last 24 hours or is held for a person (both warn), and no "
    "import is stuck (an error): "
    "in processing for more than an hour, cut off several times, or without its result. A sensor "
    "looks every minute and reports what changed, or what still holds after an hour.",
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
    f"{FORGOTTEN_AFTER.days} days is no longer expected. Used to send: on three days of its last "
    "two weeks. A sensor looks every minute and reports what changed, or what still holds after an "
    "hour.",
)
def senders_keep_sending(rosterline: RosterlineResource) -> dg.AssetCheckResult:
    """Evaluate the check when a person runs it."""
    with rosterline.connect() as connection:
        return judge_senders(silent_senders(connection))


@dg.sensor(
    minimum_interval_seconds=60,
    default_status=dg.DefaultSensorStatus.RUNNING,
    description="Looks every minute which files failed or are held, which imports are stuck and "
    "which senders are silent, and reports it as asset `last_night` and its checks. While it is "
    "stopped, they show the past.",
)
def import_fails_or_sticks(
    context: dg.SensorEvaluationContext, rosterline: RosterlineResource
) -> dg.SensorResult:
    """Report the checks when a verdict changed, or an hour passed."""
    with rosterline.connect() as connection:
        troubles, results = _look(connection)
        ((now,),) = connection.execute(_CLOCK).fetchall()
    seen = observe(troubles, rosterline.settings)
    said = [{name: value.value for name, value in each.metadata.items()} for each in results]
    table = [value.value for value in seen.metadata.values()]
    verdict = json.dumps([table, *said])
    if not is_news(verdict, context.cursor, now):
        return dg.SensorResult(skip_reason="the verdicts are the same as in the last report")
    cursor = json.dumps({"verdict": verdict, "at": now})
    events: list[dg.AssetObservation | dg.AssetMaterialization | dg.AssetCheckEvaluation]
    events = [seen, *(_evaluation(each) for each in results)]
    return dg.SensorResult(asset_events=events, cursor=cursor)


def _look(connection: Connection) -> tuple[list[Trouble], list[dg.AssetCheckResult]]:
    troubles = read_troubles(connection)
    return troubles, [judge_imports(troubles), judge_senders(silent_senders(connection))]


def _evaluation(result: dg.AssetCheckResult) -> dg.AssetCheckEvaluation:
    (key,) = (key for key in HEALTH_CHECKS if key.name == result.check_name)
    return dg.AssetCheckEvaluation(
        asset_key=key.asset_key,
        check_name=key.name,
        passed=result.passed,
        severity=result.severity,
        metadata=result.metadata,
    )
