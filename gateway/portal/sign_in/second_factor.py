"""Users set up their second factor, renew its recovery codes, and remove it."""

from http import HTTPStatus
from typing import Any

from fastapi import APIRouter
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanChangeOwnFactor, PageRequest
from gateway.portal.refusals import Refused
from gateway.portal.rendering import render
from gateway.portal.sign_in.give_code import use_code
from gateway.portal.sign_in.opened_sessions import own_path
from gateway.portal.sign_in.own_password import require_current_password
from gateway.second_factors import qr_code
from registry.accounts import second_factors
from registry.accounts.portal_sessions import (
    end_sessions_of,
    keep_session,
    note_second_factor,
)
from schemas.errors import NotAllowed

router = APIRouter()

HAS_ONE = N_("you have a second factor; remove it first")
NEEDED = N_("your account asks for a second factor")
NOT_YET = N_("This code does not belong to the key. Check that your device has the right time.")


@router.get("/second-factor")
def show_second_factor(page_request: CanChangeOwnFactor, next: str = "/") -> Response:  # noqa: A002 - in the address
    """What the user has, and the way to set it up."""
    return _page(page_request, next=next)


@router.post("/second-factor")
def change_second_factor(page_request: CanChangeOwnFactor) -> Response:
    """Begin, confirm, renew the recovery codes, or remove: what the field `do` says."""
    actions = {"begin": _begin, "confirm": _confirm, "codes": _renew_codes, "remove": _remove}
    action = actions.get(page_request.form.get("do", ""))
    if action is None:
        return _page(page_request, HTTPStatus.BAD_REQUEST, error=gettext("unknown action"))
    try:
        return action(page_request)
    except (NotAllowed, Refused) as error:
        status = error.status if isinstance(error, Refused) else HTTPStatus.CONFLICT
        return _page(page_request, status, error=error.said)


def _begin(page_request: PageRequest) -> Response:
    context, session = page_request.context, page_request.session
    _require(not session.user.second_factor_at, HAS_ONE)
    # Else whoever finds an unlocked screen could lock its user out.
    if session.step != "enrol" and session.how.method == "password":
        require_current_password(page_request)
    with context.pool.connection() as connection, connection.transaction():
        secret = context.second_factors.begin(connection, session.user)
    return _page(page_request, secret=secret)


def _confirm(page_request: PageRequest) -> Response:
    context, session = page_request.context, page_request.session
    user, factors = session.user, context.second_factors
    _require(not user.second_factor_at, HAS_ONE)
    with context.pool.connection() as connection, connection.transaction():
        secret = factors.secret(connection, user)
        code = page_request.form.get("code", "")
        if not factors.use_code(connection, user, code, now()):
            return _page(page_request, HTTPStatus.CONFLICT, secret=secret, error=NOT_YET)
        codes = factors.new_recovery_codes(connection, user)
        second_factors.switch_on(connection, user, now())
        end_sessions_of(connection, user, but=session)
        keep_session(connection, session)
        note_second_factor(connection, session)
        page_request.log(connection, "change", "own second factor: set up")
    return _page(page_request, codes=codes, done=gettext("Your second factor is set up."))


def _renew_codes(page_request: PageRequest) -> Response:
    context, user = page_request.context, page_request.session.user
    use_code(page_request)
    with context.pool.connection() as connection, connection.transaction():
        codes = context.second_factors.new_recovery_codes(connection, user)
        page_request.log(connection, "change", "own second factor: new recovery codes")
    return _page(
        page_request, codes=codes, done=gettext("Your earlier recovery codes no longer work.")
    )


def _remove(page_request: PageRequest) -> Response:
    context, session = page_request.context, page_request.session
    _require(not session.rules.needs_second_factor, NEEDED)
    use_code(page_request)
    with context.pool.connection() as connection, connection.transaction():
        second_factors.switch_off(connection, session.user)
        keep_session(connection, session)
        page_request.log(connection, "change", "own second factor: removed")
    return _page(page_request, done=gettext("Your second factor is removed."), is_on=False)


def _require(holds: bool, otherwise: str) -> None:  # noqa: FBT001 - the condition
    if not holds:
        raise NotAllowed(otherwise)


def _page(
    page_request: PageRequest,
    status: int = HTTPStatus.OK,
    *,
    secret: str | None = None,
    **said: Any,  # noqa: ANN401 - as render
) -> Response:
    context, user = page_request.context, page_request.session.user
    with context.pool.connection() as connection:
        left = second_factors.count_recovery_codes(connection, user)
    shown = {
        "next": page_request.form.get("next", "/"),
        "codes": [],
        "is_on": user.second_factor_at is not None,
    } | said
    return render(
        "sign_in/second_factor.html",
        page_request,
        status,
        secret=secret,
        qr_code=qr_code(user, secret) if secret else None,
        left=left,
        **shown | {"next": own_path(shown["next"])},
    )
