"""Beginning a session: the cookie, the line in the activity log, and where the user goes on."""

from http import HTTPStatus

from fastapi import Request
from psycopg import Connection
from starlette.responses import RedirectResponse

from gateway.http.addresses import client_address
from gateway.portal.context import PortalContext, now
from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.portal_sessions import SignedIn, longest_time, open_session
from registry.accounts.portal_users import NAME, User
from registry.accounts.sign_in_rules import Method

MAX_BROWSER_CHARACTERS = 300


def begin_session(
    connection: Connection,
    request: Request,
    user: User,
    method: Method,
    *,
    has_second_factor: bool = False,
) -> str:
    """Open a session and log it; returns the cookie. The caller commits."""
    address = client_address(request)
    browser = request.headers.get("user-agent", "")[:MAX_BROWSER_CHARACTERS]
    detail = "single sign-on" if method == "single_sign_on" else None
    record(connection, sign_in_event(user, user.name, address, detail=detail))
    how = SignedIn(method, has_second_factor, address, browser or None)
    return open_session(connection, user, now(), how)


def answer_with_session(context: PortalContext, cookie: str, target: str) -> RedirectResponse:
    """Send the user on, with the cookie of their session."""
    answer = RedirectResponse(own_path(target), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        context.cookie_name,
        cookie,
        max_age=int(longest_time(context.settings).total_seconds()),
        secure=context.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


def sign_in_event(
    user: User | None, name: str, address: str, *, refused: bool = False, detail: str | None = None
) -> AccessEvent:
    """A sign-in as the activity log keeps it."""
    # Text that cannot be a name may be a password that was typed into the wrong field.
    return AccessEvent(
        "sign_in",
        account_id=user.account_id if user else None,
        user_name=name if NAME.fullmatch(name) else None,
        address=address,
        refused=refused,
        detail=detail,
        door="portal",
    )


def own_path(target: str) -> str:
    """A path of the portal; `/` for the address of another site, which a link may carry."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\"))
    return target if is_own else "/"
