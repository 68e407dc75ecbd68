"""Tickets to the Dagster UI: whoever has one may open it once, or ask it as a command does.

Dagster's webserver knows no users, and whoever reaches it may run and delete anything. So it is
reached with a ticket only: the portal gives one to an operator who is signed in, and commands make
one with the installation's key, which the owner of the home folder alone can read.
"""

import hashlib
import secrets
from dataclasses import astuple, dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import quote

from itsdangerous import BadData, URLSafeSerializer

from gateway.http.signing_key import signing_secret
from registry.accounts.sign_in_rules import Method
from registry.settings import Settings
from schemas.errors import Expired, NotAllowed

SIGN_IN_PATH = "/sign-in"

PORTAL_TICKET_TIME = timedelta(minutes=1)
COMMAND_TICKET_TIME = timedelta(minutes=15)
"""`rosterline up` prints a link, and a person has to find it."""
CALL_TIME = timedelta(minutes=2)


@dataclass(frozen=True)
class Operator:
    """Whom the portal sends, and how they signed in there."""

    user_name: str
    method: Method
    has_second_factor: bool


@dataclass(frozen=True)
class Ticket:
    """What a valid ticket says; `operator` is None where a command made it."""

    operator: Operator | None
    number: str


class Tickets:
    """Makes tickets with the installation's key, and reads them."""

    def __init__(self, secret: bytes) -> None:
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        # Salts of their own, so that none of these can be used in the place of another.
        self._sign_in, self._call, self._session = (
            URLSafeSerializer(secret, salt=f"rosterline dagster {use}", signer_kwargs=options)
            for use in ("sign-in", "call", "session")
        )

    def sign_in(self, operator: Operator | None, expires_at: datetime) -> str:
        """A ticket that opens the UI once, for an operator or for who can run a command."""
        return _made(self._sign_in, operator, expires_at)

    def call(self, expires_at: datetime) -> str:
        """The bearer token of a command."""
        return _made(self._call, None, expires_at)

    def session(self, expires_at: datetime) -> str:
        """The cookie of somebody who came with a command's ticket."""
        return _made(self._session, None, expires_at)

    def read_sign_in(self, token: str, now: datetime) -> Ticket:
        """What a sign-in ticket says.

        Raises:
            Expired: it was valid before.
            NotAllowed: it was not signed with our key for this use.
        """
        return _read(self._sign_in, token, now)

    def is_call(self, token: str, now: datetime) -> bool:
        """Whether this is the bearer token of a command."""
        return _is_valid(self._call, token, now)

    def is_session(self, token: str, now: datetime) -> bool:
        """Whether this is a cookie made by `session`."""
        return _is_valid(self._session, token, now)


def tickets(settings: Settings) -> Tickets:
    """Those of this installation.

    Raises:
        StorageUnavailable: the home folder cannot be read or written.
    """
    return Tickets(signing_secret(settings))


def sign_in_link(settings: Settings, ticket: str, path: str = "/") -> str:
    """The address that a browser opens with a ticket; it goes on to `path`."""
    then = "" if path == "/" else f"&next={quote(path)}"
    return f"{settings.dagster_url}{SIGN_IN_PATH}?ticket={ticket}{then}"


def _made(serializer: URLSafeSerializer, operator: Operator | None, expires_at: datetime) -> str:
    who = astuple(operator) if operator else None
    number = secrets.token_urlsafe(9)
    return str(serializer.dumps([who, number, int(expires_at.timestamp())]))


def _read(serializer: URLSafeSerializer, token: str, now: datetime) -> Ticket:
    try:
        content: Any = serializer.loads(token)
    except BadData as error:
        raise NotAllowed("this link was not made here, or was changed") from error
    who, number, expires_at = content
    if now.timestamp() >= expires_at:
        raise Expired("this link is over; ask for a new one")
    return Ticket(Operator(*who) if who else None, number)


def _is_valid(serializer: URLSafeSerializer, token: str, now: datetime) -> bool:
    try:
        _read(serializer, token, now)
    except (Expired, NotAllowed):
        return False
    return True
