"""What stands before Dagster's webserver: Host, Origin, and who asks.

browser ──▶ Front: host known? ─▶ own page? ─▶ signed in? ──▶ Dagster's application, same process

Dagster's application answers whoever reaches it, runs mutations that come in a GET, and does not
look at Host or Origin: any web page that an operator opened could wipe assets (docs/security.md).
"""

import logging
from collections.abc import Callable
from datetime import datetime
from http import HTTPStatus
from pathlib import Path
from string import Template
from urllib.parse import quote, urlsplit

import psycopg
from psycopg_pool import ConnectionPool, PoolTimeout
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection
from starlette.responses import HTMLResponse, PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.http.addresses import client_address
from gateway.http.dagster_tickets import COMMAND_TICKET_TIME, SIGN_IN_PATH, Operator, Tickets
from registry.accounts.portal_sessions import SignedIn, find_session, longest_time, open_session
from registry.accounts.portal_users import find_person
from registry.settings import Settings
from schemas.errors import Expired, NotAllowed

logger = logging.getLogger(__name__)

OPEN_PATHS = ("/server_info", "/favicon.png")
"""Answered without a sign-in: versions only, for whoever watches the service."""

MAX_TICKET_CHARACTERS = 1_000
BROWSER = "Dagster UI"
"""What the list of a user's sessions shows in the place of a browser."""
_PAGE = Template((Path(__file__).parent / "sign_in.html").read_text(encoding="utf-8"))
_SAFE = ("GET", "HEAD", "OPTIONS")


class Front:
    """ASGI middleware around Dagster's application.

    `connections` holds the sessions of operators; `clock` is this instant.
    """

    def __init__(
        self,
        app: ASGIApp,
        settings: Settings,
        tickets: Tickets,
        connections: ConnectionPool,
        clock: Callable[[], datetime],
    ) -> None:
        self._app = app
        self._settings = settings
        self._tickets = tickets
        self._connections = connections
        self._clock = clock
        self._hosts = known_hosts(settings)
        self._is_https = settings.dagster_url.startswith("https://")
        self._used: dict[str, datetime] = {}

    @property
    def cookie_name(self) -> str:
        """Not the portal's: cookies of one host are the same for all of its ports."""
        return "__Host-rosterline-dagster" if self._is_https else "rosterline_dagster"

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request, or refuse it."""
        if scope["type"] not in ("http", "websocket"):
            await self._app(scope, receive, send)
            return
        request = HTTPConnection(scope)
        try:
            answer = await self._answer(request)
        except (PoolTimeout, psycopg.OperationalError):
            answer = _said(HTTPStatus.SERVICE_UNAVAILABLE, "The database does not answer.")
        if answer is None:
            await self._app(scope, receive, send)
        elif scope["type"] == "http":
            await answer(scope, receive, send)
        else:
            await send({"type": "websocket.close", "code": 1008})

    async def _answer(self, request: HTTPConnection) -> Response | None:
        """The answer where Dagster is not asked; None where it is."""
        host = request.headers.get("host", "")
        if host.lower() not in self._hosts:
            said = (
                "Unknown host. ROSTERLINE_DAGSTER_PUBLIC_URL names the address of the Dagster UI."
            )
            return _said(HTTPStatus.MISDIRECTED_REQUEST, said)
        path = request.scope["path"]
        is_safe = _method(request) in _SAFE
        if is_safe and path in OPEN_PATHS:
            return None
        if is_safe and path == SIGN_IN_PATH:
            return await run_in_threadpool(self._sign_in, request)
        if bearer := _bearer(request):
            is_call = self._tickets.is_call(bearer, self._clock())
            return None if is_call else _said(HTTPStatus.UNAUTHORIZED, "This token is not valid.")
        return _forged(request, self._hosts) or await run_in_threadpool(self._unknown, request)

    def _unknown(self, request: HTTPConnection) -> Response | None:
        """The answer to somebody who is not signed in."""
        if self._is_signed_in(request):
            return None
        if "text/html" in request.headers.get("accept", "") and _method(request) == "GET":
            return self._sign_in_page(request, "")
        return _said(HTTPStatus.UNAUTHORIZED, "Sign in: `rosterline ui` prints a link.")

    def _is_signed_in(self, request: HTTPConnection) -> bool:
        cookie = request.cookies.get(self.cookie_name, "")[:MAX_TICKET_CHARACTERS]
        if not cookie:
            return False
        if self._tickets.is_session(cookie, self._clock()):
            return True
        with self._connections.connection() as connection:
            session = find_session(connection, self._settings, cookie, self._clock())
        return session is not None and session.user.may("operate")

    def _sign_in(self, request: HTTPConnection) -> Response:
        """Let in whoever has a ticket, and go on to the page that they wanted."""
        now = self._clock()
        token = request.query_params.get("ticket", "")[:MAX_TICKET_CHARACTERS]
        if not token:
            return self._sign_in_page(request, "")
        try:
            ticket = self._tickets.read_sign_in(token, now)
            self._use_once(ticket.number, now)
            cookie = self._cookie(request, ticket.operator, now)
        except (Expired, NotAllowed) as error:
            return self._sign_in_page(request, error.said)
        answer = RedirectResponse(_own_path(request.query_params.get("next", "/")), 303)
        answer.set_cookie(
            self.cookie_name,
            cookie,
            max_age=int(longest_time(self._settings).total_seconds()),
            secure=self._is_https,
            httponly=True,
            samesite="lax",
        )
        answer.headers["cache-control"] = "no-store"
        answer.headers["referrer-policy"] = "no-referrer"
        logger.info(
            "the Dagster UI was opened by %s",
            "an operator" if ticket.operator else "a command's link",
        )
        return answer

    def _use_once(self, number: str, now: datetime) -> None:
        """Note that a ticket was used.

        Raises:
            Expired: it was used before.
        """
        over = [each for each, used_at in self._used.items() if used_at < now - COMMAND_TICKET_TIME]
        for each in over:
            del self._used[each]
        # One statement, so that of two requests at the same time only one is let in.
        if self._used.setdefault(number, now) is not now:
            raise Expired("this link was used already; ask for a new one")

    def _cookie(self, request: HTTPConnection, operator: Operator | None, now: datetime) -> str:
        """The cookie of a new session.

        Raises:
            NotAllowed: the user is no operator any more.
        """
        if operator is None:
            return self._tickets.session(now + longest_time(self._settings))
        with self._connections.connection() as connection:
            user = find_person(connection, operator.user_name)
            if user is None or user.disabled or not user.may("operate"):
                raise NotAllowed("only operators may open the Dagster UI")
            address = client_address(request)
            how = SignedIn(operator.method, operator.has_second_factor, address, BROWSER)
            return open_session(connection, user, now, how)

    def _sign_in_page(self, request: HTTPConnection, error: str) -> Response:
        wanted = _own_path(request.query_params.get("next") or request.scope["path"])
        portal = f"{self._settings.api_url}/dagster{quote(wanted)}"
        page = _PAGE.substitute(portal=portal, error=error[:1].upper() + error[1:])
        headers = {
            "Cache-Control": "no-store",
            "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
            "frame-ancestors 'none'",
        }
        return HTMLResponse(page, HTTPStatus.UNAUTHORIZED, headers)


def known_hosts(settings: Settings) -> frozenset[str]:
    """The values of the header Host under which the UI is reached, in small letters.

    Other names that point here are those of somebody else's page (DNS rebinding).
    """
    port = settings.webserver_port
    own = settings.webserver_host
    names = {"localhost", "127.0.0.1", "[::1]", f"[{own}]" if ":" in own else own}
    public = urlsplit(settings.dagster_url).netloc
    return frozenset({f"{name}:{port}".lower() for name in names} | {public.lower()})


def _forged(request: HTTPConnection, hosts: frozenset[str]) -> Response | None:
    """The refusal of what a page of another site sent, or could let a browser send."""
    is_safe = _method(request) in _SAFE
    if is_safe and request.scope["path"] == "/graphql" and "query" in request.query_params:
        return _said(HTTPStatus.METHOD_NOT_ALLOWED, "Send GraphQL by POST.")
    origin = request.headers.get("origin")
    if origin is not None:
        is_own = urlsplit(origin).netloc.lower() in hosts
    elif is_safe:
        site = request.headers.get("sec-fetch-site", "none")
        followed = request.headers.get("sec-fetch-mode", "navigate") == "navigate"
        is_own = followed or site in ("same-origin", "none")
    else:
        is_own = False  # each browser names the origin of what is not a GET
    said = "This came from a page of another site, or names no origin."
    return None if is_own else _said(HTTPStatus.FORBIDDEN, said)


def _method(request: HTTPConnection) -> str:
    return str(request.scope.get("method", "WEBSOCKET"))


def _bearer(request: HTTPConnection) -> str | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    return token[:MAX_TICKET_CHARACTERS] if scheme.lower() == "bearer" else None


def _own_path(path: str) -> str:
    """`path` if it is one of this site, otherwise the start page."""
    is_own = path.startswith("/") and not path.startswith(("//", "/\\", SIGN_IN_PATH))
    return path if is_own and path.isprintable() else "/"


def _said(status: HTTPStatus, text: str) -> Response:
    return PlainTextResponse(text + "\n", status, {"Cache-Control": "no-store"})
