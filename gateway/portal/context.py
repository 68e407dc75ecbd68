"""What pages work with: who is asking, what they may do, and their account's view of the registry.

request ──▶ visit (session, form token) ──▶ needs(permission) ──▶ page ──▶ Visit.within()
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from psycopg import Connection
from psycopg_pool import ConnectionPool
from starlette.concurrency import run_in_threadpool

from registry.accounts.accounts import Account, account_by_id
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.portal_sessions import Session, find_session
from registry.accounts.portal_users import Permission
from registry.database.row_level_security import as_account
from registry.settings import Settings

UPLOAD_PATH = "/check"
MAX_COOKIE_CHARACTERS = 200


@dataclass(frozen=True)
class Desk:
    """All that is shared by the requests of a process."""

    settings: Settings
    pool: ConnectionPool

    @property
    def is_https(self) -> bool:
        """Whether browsers come over TLS; cookies are then kept to it."""
        return self.settings.api_url.startswith("https://")

    @property
    def cookie_name(self) -> str:
        """The session's cookie; the prefix binds it to this very host."""
        return "__Host-rosterline" if self.is_https else "rosterline"


@dataclass(frozen=True)
class Visit:
    """A request of somebody who is signed in; `sent` is the form, its token checked."""

    desk: Desk
    session: Session
    address: str
    sent: Mapping[str, str] = field(default_factory=dict, repr=False)
    many: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)

    @property
    def account_id(self) -> int:
        """The account whose pages are shown.

        Raises:
            AccountNeeded: an operator has chosen none yet.
        """
        if self.session.account_id is None:
            raise AccountNeeded
        return self.session.account_id

    def may(self, permission: Permission) -> bool:
        """Whether the user's role allows this."""
        return self.session.user.may(permission)

    @contextmanager
    def within(self) -> Iterator[tuple[Connection, Account]]:
        """A transaction that sees the account only, committed at the end."""
        account_id = self.account_id
        with self.desk.pool.connection() as connection, as_account(connection, account_id):
            yield connection, account_by_id(connection, account_id)

    def note(self, connection: Connection, action: str, detail: str | None = None) -> None:
        """Add to the trail what this visit does."""
        record(connection, self.event(action, detail=detail))

    def event(self, action: str, detail: str | None = None, file_name: str | None = None,
              byte_count: int | None = None) -> AccessEvent:  # fmt: skip
        """An event of this visit."""
        return AccessEvent(
            action,
            account_id=self.session.account_id,
            user_name=self.session.user.name,
            address=self.address,
            file_name=file_name,
            byte_count=byte_count,
            detail=detail,
            door="portal",
        )


class SignInNeeded(Exception):
    """Nobody is signed in, or not any more."""


class AccountNeeded(Exception):
    """An operator must choose an account first."""


class Forbidden(Exception):
    """The user's role does not allow this."""


class Refused(Exception):
    """A request that cannot be answered, with its status and what to tell."""

    def __init__(self, status: HTTPStatus, detail: str) -> None:
        super().__init__(detail)
        self.status = status
        self.detail = detail


def now() -> datetime:
    """This instant."""
    return datetime.now(UTC)


def address_of(request: Request) -> str:
    """Where the request comes from."""
    return request.client.host if request.client else "unknown"


# Not `def`: that would cost a change of threads each, for nothing that waits.
async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


AtDesk = Annotated[Desk, Depends(_desk)]


def _session(desk: Desk, cookie: str | None) -> Session | None:
    if not cookie or len(cookie) > MAX_COOKIE_CHARACTERS:
        return None
    with desk.pool.connection() as connection:
        return find_session(connection, desk.settings, cookie, now())


async def visitor(request: Request, desk: AtDesk) -> Visit | None:
    """Who is signed in, if anybody is."""
    session = await run_in_threadpool(_session, desk, request.cookies.get(desk.cookie_name))
    return Visit(desk, session, address_of(request)) if session else None


async def _visit(request: Request, visit: Annotated[Visit | None, Depends(visitor)]) -> Visit:
    """A visit, whose form was sent from a page of ours.

    Raises:
        SignInNeeded: nobody is signed in.
        Refused: the form's token is not the session's.
    """
    if visit is None:
        raise SignInNeeded
    request.state.visit = visit
    if request.method == "GET" or request.url.path == UPLOAD_PATH:
        return visit  # an upload's form is read, and its token checked, once all is known
    form = await request.form(max_files=0)
    many: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        many[name] = (*many.get(name, ()), str(value))
    sent = {name: values[-1] for name, values in many.items()}
    require_token(visit, sent.get("csrf", ""))
    return replace(visit, sent=sent, many=many)


def require_token(visit: Visit, token: str) -> None:
    """Check that a form was sent from a page of this session.

    Raises:
        Refused: it was not.
    """
    if not secrets.compare_digest(token.encode(), visit.session.csrf_token.encode()):
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "this page was opened before you signed in; reload it and try again",
        )


def needs(permission: Permission) -> object:
    """A dependency: a visit of somebody who may do this."""

    async def allowed(visit: Annotated[Visit, Depends(_visit)]) -> Visit:
        if not visit.may(permission):
            raise Forbidden
        return visit

    return Depends(allowed)


Seeing = Annotated[Visit, needs("see")]
Downloading = Annotated[Visit, needs("download")]
Importing = Annotated[Visit, needs("import")]
Reviewing = Annotated[Visit, needs("review")]
Managing = Annotated[Visit, needs("manage")]
Operating = Annotated[Visit, needs("operate")]
