"""Operators go on to the Dagster UI, which lets them in with a ticket of the portal."""

from fastapi import APIRouter
from starlette.responses import Response

from gateway.http.dagster_tickets import PORTAL_TICKET_TIME, Operator, sign_in_link, tickets
from gateway.portal.context import now
from gateway.portal.page_requests import CanOperate
from gateway.portal.rendering import render

router = APIRouter()


@router.get("/dagster")
@router.get("/dagster/{path:path}")
def open_dagster(page_request: CanOperate, path: str = "") -> Response:
    """Go to this path of the Dagster UI.

    By a page that goes on, not by a redirect: after the form of the sign-in, browsers follow no
    redirect to another origin, because the pages' policy says `form-action 'self'`.
    """
    settings = page_request.context.settings
    session = page_request.session
    who = Operator(session.user.name, session.how.method, session.how.has_second_factor)
    ticket = tickets(settings).sign_in(who, now() + PORTAL_TICKET_TIME)
    link = sign_in_link(settings, ticket, f"/{path}")
    return render("sign_in/open_dagster.html", page_request, link=link)
