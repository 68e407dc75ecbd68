"""Users change their own password."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.responses import Response

from gateway.passwords import MIN_PASSWORD, hash_password, verify_password
from gateway.portal.page_requests import CanSee, PageRequest
from gateway.portal.rendering import render
from registry.accounts.portal_sessions import end_sessions_of
from registry.accounts.portal_users import set_password_hash
from schemas.errors import NotAllowed

router = APIRouter()


@router.get("/password")
def show_password_form(page_request: CanSee) -> Response:
    """The form for a new password."""
    return _page(page_request)


@router.post("/password")
def change_password(page_request: CanSee) -> Response:
    """Change the user's own password and end the user's other sessions."""
    user, new = page_request.session.user, page_request.form.get("new", "")
    try:
        _check_passwords(page_request, new)
        hashed = hash_password(new)
    except NotAllowed as error:
        return _page(page_request, HTTPStatus.CONFLICT, error=str(error))
    with page_request.context.pool.connection() as connection, connection.transaction():
        set_password_hash(connection, user, hashed)
        end_sessions_of(connection, user, but=page_request.session)
        page_request.log(connection, "change", "own password")
    return _page(page_request, done="Your password is changed.")


def _check_passwords(page_request: PageRequest, new: str) -> None:
    form, user = page_request.form, page_request.session.user
    if not verify_password(user.password_hash, form.get("old", "")):
        raise NotAllowed("the current password is wrong")
    if new != form.get("again", ""):
        raise NotAllowed("the two entries of the new password differ")


def _page(page_request: PageRequest, status: int = HTTPStatus.OK, **said: str) -> Response:
    return render("sign_in/own_password.html", page_request, status, least=MIN_PASSWORD, **said)
