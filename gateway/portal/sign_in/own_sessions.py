"""Users see where they are signed in, and end sessions."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import gettext
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.rendering import render
from registry.accounts.portal_sessions import end_session_by_id, end_sessions_of, list_sessions

router = APIRouter()

# In this order, because each names itself like those after it.
BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "Chrome": "Chrome",
            "Safari": "Safari"}  # fmt: skip
SYSTEMS = {"iPhone": "iPhone", "iPad": "iPad", "Android": "Android", "Windows": "Windows",
           "Mac OS X": "Mac", "Linux": "Linux"}  # fmt: skip


@router.get("/sessions")
def show_sessions(page_request: CanSee) -> Response:
    """Where the user is signed in."""
    return _page(page_request)


@router.post("/sessions")
def end_sessions(page_request: CanSee) -> Response:
    """End one of the user's sessions, or all but this one."""
    user, wanted = page_request.session.user, page_request.form.get("id", "")
    with page_request.context.pool.connection() as connection, connection.transaction():
        if wanted == "others":
            end_sessions_of(connection, user, but=page_request.session)
            said = gettext("You are signed out everywhere else.")
        elif wanted.isdecimal() and end_session_by_id(connection, user, int(wanted[:18])):
            said = gettext("The session is ended.")
        else:
            over = gettext("That session is over already.")
            return _page(page_request, HTTPStatus.CONFLICT, error=over)
        page_request.log(connection, "change", "own sessions: end")
    return _page(page_request, done=said)


def browser_name(says: str | None) -> str:
    """`Chrome on Windows`, of what a browser says of itself; anything can be said there."""
    browser, system = (
        next((name for mark, name in marks.items() if mark in (says or "")), None)
        for marks in (BROWSERS, SYSTEMS)
    )
    if browser and system:
        return gettext("%(browser)s on %(system)s", browser=browser, system=system)
    return browser or system or gettext("Another program")


def _page(page_request: PageRequest, status: int = HTTPStatus.OK, **said: str) -> Response:
    context, session = page_request.context, page_request.session
    with context.pool.connection() as connection:
        lines = list_sessions(connection, context.settings, session.user, now())
    shown = [(line, browser_name(line.browser), line.sha256 == session.sha256) for line in lines]
    return render("sign_in/own_sessions.html", page_request, status, sessions=shown, **said)
