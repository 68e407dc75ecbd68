"""Invitations and forgotten passwords: a link, and the mail that carries it."""

from datetime import datetime, timedelta

from psycopg import Connection

from gateway.mail import send_mail
from registry.accounts.portal_links import make_link
from registry.accounts.portal_users import User
from registry.accounts.sign_in_rules import rules_of
from registry.settings import Settings

PATH = "/set-password"

INVITATION = """Hello,

you are invited to Rosterline as {name}. {todo}

{link}
{until}
Rosterline
"""
RESET = """Hello,

somebody, probably you, asked for a new password for {name}. {todo}

{link}
{until}If it was not you, do nothing: your password stays as it is.

Rosterline
"""
UNTIL = """
The link works once, until {until:%d %B %Y, %H:%M} UTC.
"""


def new_link(settings: Settings, connection: Connection, user: User, now: datetime) -> str:
    """A new link for the user; the caller commits.

    Where passwords are refused, it is the address at which the user signs in, and no secret.
    """
    if not rules_of(connection, settings, user).allow("password"):
        return settings.api_url
    return f"{settings.api_url}{PATH}/{make_link(connection, user, _expiry(settings, user, now))}"


def send_link(settings: Settings, user: User, link: str, now: datetime) -> None:
    """Send the user their link: an invitation if they have no password yet.

    Raises:
        MailNotSent: the mail server did not take it.
    """
    is_invited = not user.has_password
    sets_password = PATH in link
    todo = "Choose a password here:" if sets_password else "Sign in by single sign-on here:"
    until = UNTIL.format(until=_expiry(settings, user, now)) if sets_password else ""
    subject = "Your invitation to Rosterline" if is_invited else "Your password for Rosterline"
    text = (INVITATION if is_invited else RESET).format(
        name=user.name, todo=todo, link=link, until=until
    )
    send_mail(settings, user.name, subject, text)


def _expiry(settings: Settings, user: User, now: datetime) -> datetime:
    if not user.has_password:
        return now + timedelta(hours=settings.invitation_hours)
    return now + timedelta(minutes=settings.reset_minutes)
