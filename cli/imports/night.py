"""`rosterline night`: the morning report, on one screen."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.text import Text

from cli import output
from cli.home import read_settings, registry
from cli.services.restarts import restarts_since
from registry.accounts.accounts import get_account
from registry.landing.disk_reserve import is_full, said_of
from registry.ledger.night_report import NIGHT, AccountNight, Night, RuleLine, Trouble, read_night
from registry.ledger.states import GAVE_UP, HELD
from registry.tables.enums import OUTCOMES
from schemas.issues import CODES

app = typer.Typer(no_args_is_help=True)

SHOWN_RULES = 8
SHOWN_TROUBLES = 6
WIDE = 100
UNUSUAL_BY = 0.05
"""A share is shown in red if it is above the usual share by more than this."""


@app.command("night")
def show_night(
    *,
    day: Annotated[
        datetime | None,
        typer.Option(
            "--date",
            formats=["%Y-%m-%d"],
            help="The 24 hours until noon of this day, in the account's zone. Default: until now.",
        ),
    ] = None,
    account: Annotated[
        str | None, typer.Option("--account", "-a", help="Only this account.")
    ] = None,
    as_json: output.Json = False,
) -> None:
    """Show what the night did, and what needs a hand.

    For each account: files, rows, and the error share beside the usual one. Then the rules that
    rows broke most, and imports that failed or are stuck. It reads the ledger as it is now, and
    shows no value of a patient.
    """
    settings = read_settings()
    if is_full(settings):
        output.note(said_of(settings))
    with registry(settings) as connection:
        if account is not None:
            get_account(connection, account)
        night = read_night(connection, day.date() if day else None, account)
    restarts = Counter(each.name for each in restarts_since(settings, NIGHT))
    if as_json:
        output.say_json(_as_json(night) | {"restarts": restarts})
    else:
        output.console.print(Padding(_screen(night, restarts), (1, 0, 1, 1)))


def _as_json(night: Night) -> dict[str, Any]:
    accounts = [asdict(each) | {"error_share": each.error_share} for each in night.accounts]
    troubles = [asdict(each) | dict(zip(("reason", "next"), advice(each), strict=True))
                for each in night.troubles]  # fmt: skip
    rules = [asdict(each) for each in night.rules]
    return {"date": night.day, "accounts": accounts, "rules": rules, "troubles": troubles}


def _screen(night: Night, restarts: Mapping[str, int]) -> RenderableType:
    span = f"The 24 hours until noon of {night.day}" if night.day else "The last 24 hours"
    if not night.accounts and not night.troubles:
        return Group(Text(f"{span}: no import ended, and none is stuck."), *_restarts(restarts))
    parts: list[RenderableType] = [Text(span, "bold"), _accounts(night.accounts)]
    parts += _missing(night.accounts)
    if night.rules:
        parts += [Text("\nRules that rows broke most", "bold"), _rules(night.rules)]
    parts += [Text("\nWhat needs a hand", "bold"), *_troubles(night.troubles)]
    return Group(*parts, *_restarts(restarts))


def _restarts(restarts: Mapping[str, int]) -> list[RenderableType]:
    """What ended by itself in the last 24 hours and was started again."""
    if not restarts:
        return []
    names = ", ".join(f"{name} {count} times" for name, count in restarts.items())
    return [
        Text(f"\nEnded by itself and started again in the last 24 hours: {names}", "yellow"),
        Text("  `rosterline doctor` says more", "bright_black"),
    ]


def _accounts(accounts: list[AccountNight]) -> RenderableType:
    # 80 columns leave no room for unchanged rows, which need no attention.
    shown = [each for each in OUTCOMES if each != "unchanged" or output.console.width >= WIDE]
    numbers = ("files", "failed", "rows", *shown, "share", "usual", "slowest")
    rows = [
        (
            output.short(each.account, 20),
            str(each.files),
            output.count(each.failed, "failed"),
            f"{each.records:,}",
            *(output.count(getattr(each, name), name) for name in shown),
            _share(each),
            _percent(each.usual_share),
            _duration(each.slowest_seconds),
        )
        for each in accounts
    ]
    return output.table(("account", *numbers), rows, right=numbers, dense=True)


def _missing(accounts: list[AccountNight]) -> list[RenderableType]:
    """Who was missing from files that are whole lists; nobody was removed."""
    named = [f"{each.account} {each.missing:,}" for each in accounts if each.missing]
    said = f"\nPatients missing from whole lists, who all stay: {', '.join(named)}"
    return [Text(said, "yellow")] if named else []


def _rules(rules: list[RuleLine]) -> RenderableType:
    cells = [
        (
            output.word(each.severity),
            output.short(each.account, 20),
            each.code,
            each.column or output.NOTHING,
            f"{each.rows:,}",
            _percent(each.share),
        )
        for each in rules[:SHOWN_RULES]
    ]
    headers = ("severity", "account", "rule", "column", "rows", "of its rows")
    made = output.table(headers, cells, right=("rows", "of its rows"), dense=True)
    return Group(made, *_more(len(rules) - SHOWN_RULES, "rules"))


def _troubles(troubles: list[Trouble]) -> list[RenderableType]:
    if not troubles:
        return [Text("Nothing: no file failed, none is held, and none is stuck.", "green")]
    shown: list[RenderableType] = []
    for each in troubles[:SHOWN_TROUBLES]:
        reason, then = advice(each)
        shown.append(
            Text.assemble(
                output.word(each.state),
                f"  {each.key}  since {output.moment(each.since)}: {reason}",
            )
        )
        shown.append(Text(f"  {then}", "bright_black"))
    return [*shown, *_more(len(troubles) - SHOWN_TROUBLES, "imports")]


def advice(trouble: Trouble) -> tuple[str, str]:
    """Why an import needs a hand, and what to do next; without any content of its file."""
    look = f"`rosterline status {trouble.key[-10:]}`"
    run = f"run {trouble.run_id[:8]}" if trouble.run_id else "its run"
    if trouble.state == HELD:
        return trouble.why_stuck, f"{look}; {trouble.way_out}"
    if trouble.state != "failed":
        return trouble.why_stuck, f"{look}; {run} in the Dagster UI says why; {trouble.way_out}"
    if trouble.fault_code in CODES and trouble.fault_code != GAVE_UP:
        code = CODES[trouble.fault_code]
        return f"{code.code}, {code.meaning}", f"{look} shows the reason; the sender: {code.remedy}"
    return f"{trouble.fault_code}", f"{look}; {run} in the Dagster UI says why"


def _share(each: AccountNight) -> Text:
    share, usual = each.error_share, each.usual_share
    unusual = share is not None and usual is not None and share > usual + UNUSUAL_BY
    return Text(_percent(share), "bold red" if unusual else "")


def _percent(share: float | None) -> str:
    return output.NOTHING if share is None else f"{share:.1%}"


def _duration(seconds: float | None) -> str:
    if seconds is None:
        return output.NOTHING
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02} h" if hours else f"{minutes}:{rest:02}"


def _more(count: int, what: str) -> list[RenderableType]:
    return [Text(f"  and {count} more {what}; --json lists all")] if count > 0 else []
