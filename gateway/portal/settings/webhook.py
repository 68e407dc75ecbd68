"""The webhook: where messages go, the ping of a new address, and the log of deliveries."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import gettext, ngettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.said_once import say_on
from gateway.portal.settings.section_pages import Outcome, apply_form, is_success, show_section
from gateway.webhooks.allowed_targets import TargetRefused, parse
from gateway.webhooks.delivery import ping
from registry.accounts.accounts import Account
from registry.webhooks import endpoints, outbox
from registry.webhooks.endpoints import Webhook, standard_secret
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/admin")

SHOWN_ATTEMPTS = 50


@router.get("/webhook")
def show_webhook(page_request: CanManage) -> Response:
    """The webhook's address and its latest delivery attempts."""
    return show_section("webhook", page_request, _read)


@router.post("/webhook")
async def change_webhook(page_request: CanManage) -> Response:
    """Set the address and ping it, or send undelivered messages again."""
    actions = {"set": _set_address, "retry": _send_again}
    answer = await run_in_threadpool(apply_form, "webhook", page_request, _read, actions)
    form = page_request.form
    if form.get("do") != "set" or not form.get("url", "").strip() or not is_success(answer):
        return answer
    webhook = await run_in_threadpool(_current_webhook, page_request)
    private = page_request.context.settings.webhook_private_targets
    fault = await ping(webhook, now(), private=private)
    return await run_in_threadpool(_show_ping, page_request, webhook, fault)


def _read(connection: Connection, account: Account) -> dict[str, Any]:
    webhook = endpoints.get_webhook(connection, account.id)
    return {
        "webhook": webhook,
        "standard_secret": standard_secret(webhook.key) if webhook else "",
        "attempts": outbox.list_deliveries(connection, account.id, SHOWN_ATTEMPTS),
    }


def _set_address(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    url = page_request.form.get("url", "").strip() or None
    if url is not None:
        try:
            parse(url, private=page_request.context.settings.webhook_private_targets)
        except TargetRefused as error:
            raise NotAllowed(error.said.replace("webhookUrl", "the address")) from error
    endpoints.set_webhook(connection, account.id, url, now())
    return {"done": gettext("No webhooks are sent any more.")}


def _send_again(_: PageRequest, connection: Connection, account: Account) -> Outcome:
    count = outbox.retry_all(connection, account.id, now())
    said = ngettext(
        "%(count)s message is sent again now.",
        "%(count)s messages are sent again now.",
        count,
        count=count,
    )
    return {"done": said}


def _current_webhook(page_request: PageRequest) -> Webhook:
    with page_request.as_account() as (connection, account):
        webhook = endpoints.get_webhook(connection, account.id)
    if webhook is None:
        raise NotFound("the address was removed meanwhile")
    return webhook


def _show_ping(page_request: PageRequest, webhook: Webhook, fault: str | None) -> Response:
    with page_request.as_account() as (connection, account):
        endpoints.note_sent(connection, account.id, webhook.url, fault)
    outcome = (
        {"error": gettext("the address was saved, but the ping failed: %(why)s", why=fault)}
        if fault
        else {
            "done": gettext("The address answered the ping. Webhooks are sent there from now on.")
        }
    )
    return say_on("/admin/webhook", page_request, outcome)
