"""The reader chooses the language of all pages; a cookie remembers it, also before signing in."""

from http import HTTPStatus
from typing import Annotated

from fastapi import APIRouter, Form
from starlette.responses import RedirectResponse

from gateway.portal.context import InContext
from gateway.portal.languages import COOKIE, LANGUAGES
from gateway.portal.refusals import Refused
from gateway.portal.sign_in.opened_sessions import own_path

router = APIRouter()

YEAR_SECONDS = 365 * 24 * 3600


# Without the token of a session, because pages before the sign-in have the form, too.
@router.post("/language")
def choose_language(
    context: InContext,
    language: Annotated[str, Form()] = "",
    next: Annotated[str, Form()] = "/",  # noqa: A002 - its name in the form
) -> RedirectResponse:
    """Show pages in this language from now on, and go back to the page."""
    if language not in LANGUAGES:
        raise Refused(HTTPStatus.BAD_REQUEST, "there is no such language here")
    answer = RedirectResponse(own_path(next), HTTPStatus.SEE_OTHER)
    answer.set_cookie(
        COOKIE,
        language,
        max_age=YEAR_SECONDS,
        secure=context.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer
