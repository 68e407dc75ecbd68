"""Operators choose the account whose pages they see."""

from fastapi import APIRouter
from starlette.responses import RedirectResponse, Response

from gateway.portal.page_requests import CanOperate
from gateway.portal.rendering import render
from registry.accounts.accounts import account_by_id, get_account
from registry.accounts.portal_sessions import enter_account
from registry.ledger.import_pages import account_lines

router = APIRouter()


@router.get("/accounts")
def show_accounts(page_request: CanOperate) -> Response:
    """All accounts, with their unfinished imports and those that failed lately."""
    with page_request.context.pool.connection() as connection:
        found = account_lines(connection)
        chosen_id = page_request.session.account_id
        account = account_by_id(connection, chosen_id) if chosen_id is not None else None
    return render("sign_in/choose_account.html", page_request, account=account, accounts=found)


@router.post("/accounts")
def choose_account(page_request: CanOperate) -> RedirectResponse:
    """Show this account's pages from now on, in this session."""
    with page_request.context.pool.connection() as connection:
        account = get_account(connection, page_request.form.get("name", ""))
        enter_account(connection, page_request.session, account.id)
    return RedirectResponse("/desk", 303)
