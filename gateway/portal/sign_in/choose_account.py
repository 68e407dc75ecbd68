"""Operators choose the account whose pages they see."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.portal.context import Operating
from gateway.portal.rendering import render
from registry.accounts.accounts import account_by_id, get_account
from registry.accounts.portal_sessions import enter_account
from registry.ledger.import_pages import account_lines

router = APIRouter()


@router.get("/accounts")
def show_accounts(visit: Operating) -> Response:
    """All accounts, with what waits and what failed lately."""
    with visit.desk.pool.connection() as connection:
        found = account_lines(connection)
        at = visit.session.account_id
        account = account_by_id(connection, at) if at is not None else None
    return render("accounts.html", visit, account=account, accounts=found)


@router.post("/accounts")
def choose_account(visit: Operating) -> RedirectResponse:
    """Go within an account's walls."""
    with visit.desk.pool.connection() as connection:
        account = get_account(connection, visit.sent.get("name", ""))
        enter_account(connection, visit.session, account.id)
    return RedirectResponse("/imports", 303)
