"""Signing in at the portal."""

from typing import Literal

from pydantic import Field

from registry.settings.concern import ConcernSettings

SingleSignOn = Literal["off", "allowed", "required"]


class PortalSettings(ConcernSettings):
    """Signing in at the portal: sessions, guesses, links."""

    session_idle_minutes: float = Field(
        30, gt=0, description="How long a user of the portal may do nothing and stay signed in."
    )
    session_hours: float = Field(
        12, gt=0, description="How long a user of the portal stays signed in at most."
    )
    sign_in_max_guesses: int = Field(
        10,
        gt=0,
        description="How many wrong passwords for one user from one address lock that pair out. "
        "Ten times as many lock out the address for all users, and the user at addresses from "
        "which they did not sign in lately.",
    )
    sign_in_lock_minutes: float = Field(
        15, gt=0, description="How long guesses count, and how long a lock-out lasts at most."
    )
    invitation_hours: float = Field(
        72, gt=0, description="How long the link of an invitation is valid."
    )
    reset_minutes: float = Field(
        60, gt=0, description="How long the link for a forgotten password is valid."
    )
    operators_need_second_factor: bool = Field(
        default=False,
        description="Whether operators need a second factor. For the users of an account, its own "
        "setting decides.",
    )
    operators_single_sign_on: SingleSignOn = Field(
        "off",
        description="Whether operators may, or must, sign in by single sign-on: off, allowed or "
        "required. For the users of an account, its own setting decides.",
    )
