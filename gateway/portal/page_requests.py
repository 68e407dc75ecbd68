"""A request of a signed-in user: the user, the form, and the account's view of the registry.

Each route declares the permission that it needs by the type of its parameter:

    @router.get("/imports")
    def show_imports(page_request: CanSee) -> Response: ...

request ──▶ session ──▶ steps of signing in ──▶ form token ──▶ permission ──▶ route
                                                                  └▶ PageRequest.as_account()
"""

import secrets
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from psycopg import Connection
from starlette.concurrency import run_in_threadpool

from gateway.http.addresses import client_address
from gateway.http.errors import HAS_NUL
from gateway.portal.context import InContext, PortalContext, now
from gateway.portal.own_writes import written_up_to
from gateway.portal.refusals import AccountNeeded, Forbidden, Refused, SignInNeeded, StepNeeded
from registry.accounts.accounts import Account, account_by_id
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.portal_sessions import Session, find_session
from registry.accounts.portal_users import Permission
from registry.accounts.sign_in_rules import Step
from registry.database.row_level_security import as_account

UPLOAD_PATH = "/check"
MAX_COOKIE_CHARACTERS = 200


@dataclass(frozen=True)
class PageRequest:
    """A request of a signed-in user.

    `form` holds the last value of each field of a sent form, `form_lists` all values. The form's
    token was checked.
    """

    context: PortalContext
    session: Session
    address: str
    form: Mapping[str, str] = field(default_factory=dict, repr=False)
    form_lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict, repr=False)
    written_up_to: int = 0
    said_cookie: str = field(default="", repr=False)

    @property
    def account_id(self) -> int:
        """The account whose pages are shown.

        Raises:
            AccountNeeded: the operator has not chosen an account yet.
        """
        if self.session.account_id is None:
            raise AccountNeeded
        return self.session.account_id

    def may(self, permission: Permission) -> bool:
        """Whether the user's role has this permission."""
        return self.session.user.may(permission)

    @contextmanager
    def as_account(self) -> Iterator[tuple[Connection, Account]]:
        """A transaction that sees only the account's rows. It is committed at the end."""
        account_id = self.account_id
        with self.context.pool.connection() as connection, as_account(connection, account_id):
            yield connection, account_by_id(connection, account_id)

    @contextmanager
    def as_reader(self) -> Iterator[tuple[Connection, Account]]:
        """The same for pages that only read and may be a moment old: from a replica, if any.

        What this user wrote is there.
        """
        account_id, replica = self.account_id, self.context.replica
        with ExitStack() as stack:
            found = stack.enter_context(replica.connection(self.written_up_to)) if replica else None
            if found is None:
                yield stack.enter_context(self.as_account())
                return
            stack.enter_context(as_account(found, account_id))
            yield found, account_by_id(found, account_id)

    def log(self, connection: Connection, action: str, detail: str | None = None) -> None:
        """Add an action of this user to the activity log."""
        record(connection, self.event(action, detail=detail))

    def event(self, action: str, detail: str | None = None, file_name: str | None = None,
              byte_count: int | None = None) -> AccessEvent:  # fmt: skip
        """An action of this user as the activity log stores it."""
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


def require_token(page_request: PageRequest, token: str) -> None:
    """Check that a form was sent from a page of this session.

    Raises:
        Refused: the token is not the session's.
    """
    expected = page_request.session.csrf_token
    if not secrets.compare_digest(token.encode(), expected.encode()):
        raise Refused(
            HTTPStatus.FORBIDDEN,
            "this page was opened before you signed in; reload it and try again",
        )


async def _if_signed_in(request: Request, context: InContext) -> PageRequest | None:
    cookie = request.cookies.get(context.cookie_name)
    session = await run_in_threadpool(_session, context, cookie)
    if session is None:
        return None
    written = written_up_to(request, context.cookie_name)
    said = request.cookies.get(context.said_cookie_name, "")
    return PageRequest(
        context, session, client_address(request), written_up_to=written, said_cookie=said
    )


def _session(context: PortalContext, cookie: str | None) -> Session | None:
    if not cookie or len(cookie) > MAX_COOKIE_CHARACTERS:
        return None
    with context.pool.connection() as connection:
        return find_session(connection, context.settings, cookie, now(), unfinished=True)


IfSignedIn = Annotated[PageRequest | None, Depends(_if_signed_in)]
"""The request of a user, who may have steps of signing in left; None if nobody is signed in."""


async def _with_form(request: Request, page_request: PageRequest) -> PageRequest:
    """The request with its form.

    Raises:
        Refused: the form's token is not the session's.
    """
    request.state.page_request = page_request
    if request.method == "GET" or request.url.path == UPLOAD_PATH:
        # An upload's form is read, and its token checked, by the route itself.
        return page_request
    form = await request.form(max_files=0)
    if any("\0" in name or "\0" in str(value) for name, value in form.multi_items()):
        raise Refused(HTTPStatus.BAD_REQUEST, HAS_NUL)
    lists: dict[str, tuple[str, ...]] = {}
    for name, value in form.multi_items():
        lists[name] = (*lists.get(name, ()), str(value))
    last = {name: values[-1] for name, values in lists.items()}
    require_token(page_request, last.get("csrf", ""))
    return replace(page_request, form=last, form_lists=lists)


def _with_permission(permission: Permission, *steps: Step) -> object:
    """A dependency that gives the request of a user with this permission, and refuses others.

    Users who have a step of signing in left are sent there, but for the named `steps`.
    """

    async def allowed(request: Request, page_request: IfSignedIn) -> PageRequest:
        if page_request is None:
            raise SignInNeeded
        step = page_request.session.step
        if step is not None and step not in steps:
            raise StepNeeded(step)
        page_request = await _with_form(request, page_request)
        if not page_request.may(permission):
            raise Forbidden(permission)
        return page_request

    return Depends(allowed)


CanSee = Annotated[PageRequest, _with_permission("see")]
CanDownload = Annotated[PageRequest, _with_permission("download")]
CanImport = Annotated[PageRequest, _with_permission("import")]
CanReview = Annotated[PageRequest, _with_permission("review")]
CanManage = Annotated[PageRequest, _with_permission("manage")]
CanOperate = Annotated[PageRequest, _with_permission("operate")]
CanChangeOwnPassword = Annotated[PageRequest, _with_permission("see", "password")]
CanChangeOwnFactor = Annotated[PageRequest, _with_permission("see", "enrol")]
CanGiveCode = Annotated[PageRequest, _with_permission("see", "code")]
CanLeave = Annotated[PageRequest, _with_permission("see", "code", "password", "enrol")]
