"""How users must sign in: as their account's settings say, or the installation's for operators."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Literal

from psycopg import Connection

from registry.accounts.accounts import Account, change_settings
from registry.accounts.portal_users import User
from registry.settings.portal import PortalSettings, SingleSignOn

NEED_SECOND_FACTOR = "need_second_factor"
SINGLE_SIGN_ON = "single_sign_on"
"""Names of settings of an account."""

Method = Literal["password", "single_sign_on"]
Step = Literal["code", "password", "enrol"]
"""What a user must do before any other page: give a code, choose a password of their own, or set up
a second factor."""


@dataclass(frozen=True)
class SignInRules:
    """What is asked of a user who signs in."""

    needs_second_factor: bool
    single_sign_on: SingleSignOn

    def allow(self, method: Method) -> bool:
        """Whether users may sign in this way."""
        refused = {"password": "required", "single_sign_on": "off"}
        return self.single_sign_on != refused[method]

    def next_step(self, user: User, method: Method, *, has_second_factor: bool) -> Step | None:
        """What the user must do first; None where nothing is left to do."""
        if user.second_factor_at and not has_second_factor:
            return "code"
        if user.must_change_password and method == "password":
            return "password"
        if self.needs_second_factor and not has_second_factor:
            return "enrol"
        return None


def rules_from(settings: PortalSettings, of_account: Mapping[str, Any] | None) -> SignInRules:
    """The rules of an account with these settings; None: of operators."""
    if of_account is None:
        return SignInRules(settings.operators_need_second_factor, settings.operators_single_sign_on)
    return SignInRules(
        bool(of_account.get(NEED_SECOND_FACTOR)), of_account.get(SINGLE_SIGN_ON, "off")
    )


def change_rules(
    connection: Connection,
    account: Account,
    *,
    need_second_factor: bool | None = None,
    single_sign_on: SingleSignOn | None = None,
) -> Account:
    """Change how the account's users sign in; None leaves a rule as it is."""
    given = {NEED_SECOND_FACTOR: need_second_factor, SINGLE_SIGN_ON: single_sign_on}
    changes = {name: value for name, value in given.items() if value is not None}
    return change_settings(connection, account, changes)


def rules_of(connection: Connection, settings: PortalSettings, user: User) -> SignInRules:
    """The rules for this user."""
    found = connection.execute(
        "SELECT settings FROM account WHERE id = %s", (user.account_id,)
    ).fetchone()
    return rules_from(settings, found[0] if found else None)
