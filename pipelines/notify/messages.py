"""The text of notifications: one message for each kind of event, however many there are."""

from collections.abc import Sequence

from pipelines.health_checks import advice
from pipelines.notify.account_events import DAILY
from pipelines.notify.events import DIGEST, KINDS, Event
from registry.ledger.night_report import AccountNight, Night

SHOWN = 20
ONE_A_DAY = (DIGEST, DAILY)


def by_kind(events: Sequence[Event], kinds: Sequence[str] = KINDS) -> list[tuple[str, list[Event]]]:
    """The events of each kind that there is, the most urgent kind first."""
    found = [(kind, [each for each in events if each.kind == kind]) for kind in kinds]
    return [(kind, own) for kind, own in found if own]


def title_of(kind: str, events: Sequence[Event]) -> str:
    """The subject of the message."""
    return f"Rosterline: {kind}" if kind in ONE_A_DAY else f"Rosterline: {kind} ({len(events)})"


def body_of(events: Sequence[Event]) -> str:
    """The events, a paragraph each; the rest is counted."""
    more = len(events) - SHOWN
    rest = [f"and {more} more; `rosterline night` lists them"] if more > 0 else []
    return "\n\n".join([*(each.text for each in events[:SHOWN]), *rest])


def digest_of_night(night: Night) -> str:
    """The last 24 hours: a line for each account, and what needs a hand."""
    accounts = [_account(each) for each in night.accounts] or ["No import ended."]
    troubles = [
        f"{each.account}, {each.key}: {advice(each)[0]}" for each in night.troubles[:SHOWN]
    ] or ["Nothing: no file failed, none is held, and none is stuck."]
    more = len(night.troubles) - SHOWN
    rest = [f"and {more} more; `rosterline night` lists them"] if more > 0 else []
    parts = ["The last 24 hours", *accounts, "", "What needs a hand", *troubles, *rest]
    return "\n".join(parts)


def _account(each: AccountNight) -> str:
    failed = f", {each.failed} failed" if each.failed else ""
    missing = f", {each.missing:,} patients missing from whole lists" if each.missing else ""
    share = f" ({each.error_share:.1%})" if each.error_share is not None else ""
    return (
        f"{each.account}: {each.files} files{failed}; {each.records:,} rows: {each.created:,} "
        f"created, {each.updated:,} updated, {each.unchanged:,} unchanged, {each.errored:,} "
        f"errored{share}{missing}"
    )
