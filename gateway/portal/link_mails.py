"""Invitations and forgotten passwords: a link, and the mail that carries it."""

from datetime import datetime, timedelta

from psycopg import Connection

from gateway.mail import send_mail
from gateway.portal.formatting import day_and_time
from gateway.portal.languages import N_, gettext
from registry.accounts.portal_links import make_link
from registry.accounts.portal_users import User
from registry.accounts.sign_in_rules import rules_of
from registry.settings import Settings

PATH = "/set-password"

INVITATION = N_("""Hello,

you are invited to Rosterline as %(name)s. %(todo)s

%(link)s
%(until)s
Rosterline
""")
RESET = N_("""Hello,

somebody, probably you, asked for a new password for %(name)s. %(todo)s

%(link)s
%(until)sIf it was not you, do nothing: your password stays as it is.

Rosterline
""")
UNTIL = N_("""
The link works once, until %(until)s UTC.
""")


def new_link(settings: Settings, connection: Connection, user: User, now: datetime) -> str:
    """A new link for the user; the caller commits.

    Where passwords are refused, it is the address at which the user signs in, and no secret.
    """
    if not rules_of(connection, settings, user).allow("password"):
        return settings.api_url
    return f"{settings.api_url}{PATH}/{make_link(connection, user, _expiry(settings, user, now))}"


def send_link(settings: Settings, user: User, link: str, now: datetime) -> None:
    """Send the user their link: an invitation if they have no password yet.

    The mail is in the language of the page from which it is sent, else in English.

    Raises:
        MailNotSent: the mail server did not take it.
    """
    is_invited = not user.has_password
    sets_password = PATH in link
    if sets_password:
        todo = gettext("Choose a password here:")
        until = gettext(UNTIL, until=day_and_time(_expiry(settings, user, now)))
    else:
        todo, until = gettext("Sign in by single sign-on here:"), ""
    if is_invited:
        subject, text = gettext("Your invitation to Rosterline"), INVITATION
    else:
        subject, text = gettext("Your password for Rosterline"), RESET
    text = gettext(text, name=user.name, todo=todo, link=link, until=until)
    send_mail(settings, user.name, subject, text)


def _expiry(settings: Settings, user: User, now: datetime) -> datetime:
    if not user.has_password:
        return now + timedelta(hours=settings.invitation_hours)
    return now + timedelta(minutes=settings.reset_minutes)
