"""Whether an account's files are whole lists, and how far off its usual ones a file may be.

docs/decisions/028-held-files.md says what each threshold compares.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection

from registry.accounts.accounts import Account, change_settings

FULL_ROSTER = "full_roster"
HOLD_ABOVE = "hold_above"
"""Names of settings of an account; the second one has the thresholds that are its own."""

Measure = Literal["rows", "missing", "identities", "errors"]

USUAL_OF_FULL_ROSTERS: Mapping[Measure, float] = {
    "rows": 30.0, "missing": 10.0, "identities": 2.0, "errors": 20.0
}  # fmt: skip


@dataclass(frozen=True)
class HoldRules:
    """Thresholds in percent, or in points of percent; None where a measure holds no file."""

    full_roster: bool
    rows: float | None
    missing: float | None
    identities: float | None
    errors: float | None

    @property
    def hold_anything(self) -> bool:
        """Whether any file can be held."""
        return any(getattr(self, name) is not None for name in USUAL_OF_FULL_ROSTERS)


def hold_rules_of(settings: Mapping[str, Any]) -> HoldRules:
    """The rules of an account with these settings."""
    full_roster = bool(settings.get(FULL_ROSTER))
    thresholds: dict[str, float | None] = {
        measure: usual if full_roster else None for measure, usual in USUAL_OF_FULL_ROSTERS.items()
    }
    return HoldRules(full_roster, **thresholds | (settings.get(HOLD_ABOVE) or {}))


def change_hold_rules(
    connection: Connection,
    account: Account,
    *,
    full_roster: bool | None = None,
    thresholds: Mapping[Measure, float | None] | None = None,
) -> Account:
    """Change what is given, from the account's next file on; the caller commits.

    Of `thresholds`, None turns a measure off; an empty mapping makes all of them usual again.
    """
    changes: dict[str, Any] = {} if full_roster is None else {FULL_ROSTER: full_roster}
    if thresholds is not None:
        kept = (account.settings.get(HOLD_ABOVE) or {}) if thresholds else {}
        changes[HOLD_ABOVE] = {**kept, **thresholds}
    return change_settings(connection, account, changes) if changes else account
