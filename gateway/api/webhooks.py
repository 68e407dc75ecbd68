"""Where webhooks go, how telling went, and telling again."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from gateway.api.context import Door, OneThread, Reader, Visitor, Writer, now
from gateway.api.models import (
    NewSettings,
    Retried,
    WebhookLog,
    WebhookSettings,
    WebhookTry,
    described,
)
from gateway.api.problems import Refused
from gateway.webhooks.allowed_targets import TargetRefused, parse
from gateway.webhooks.delivery import ping
from registry.webhooks import endpoints, outbox
from registry.webhooks.endpoints import Webhook

router = APIRouter(prefix="/settings", tags=["Webhooks"], route_class=OneThread)

SHOWN_TRIES = 100


@router.get("", responses=described())
def get_settings(visitor: Reader) -> WebhookSettings:
    """See where webhooks go."""
    with visitor.within() as (connection, account):
        return _shown(endpoints.get_webhook(connection, account.id))


@router.post("", responses=described(403))
async def set_settings(visitor: Writer, wanted: NewSettings) -> WebhookSettings:
    """Set where webhooks go, and ping it.

    The ping is `{"ping": "<word>", "meta": {…}}`; the receiver answers `{"pong": "<word>"}`
    within 5 seconds. The address is kept even where it does not, so that it can be deployed later.
    """
    webhook = await run_in_threadpool(_set, visitor, wanted.webhook_url or None)
    fault = await ping(webhook, now(), private=visitor.door.settings.webhook_private_targets)
    await run_in_threadpool(_note, visitor.door, webhook.account_id, fault)
    return _shown(replace(webhook, ping_fault=fault))


@router.get("/webhook", responses=described())
def get_webhook_log(visitor: Reader) -> WebhookLog:
    """See where webhooks go, and the latest tries to deliver one, the newest first."""
    with visitor.within() as (connection, account):
        settings = _shown(endpoints.get_webhook(connection, account.id))
        tries = outbox.list_deliveries(connection, account.id, SHOWN_TRIES)
    shown = [WebhookTry.of(each, request_id=each.import_id, status=each.state) for each in tries]
    return WebhookLog(**settings.model_dump(), tries=shown)


@router.post("/webhook/retry", responses=described(403))
def retry_webhooks(visitor: Writer) -> Retried:
    """Send every message that was not delivered again now, those given up too."""
    with visitor.within() as (connection, account):
        return Retried(messages=outbox.retry_all(connection, account.id, now()))


def _set(visitor: Visitor, url: str | None) -> Webhook:
    with visitor.within() as (connection, account):
        if url is not None:
            try:
                parse(url, private=visitor.door.settings.webhook_private_targets)
            except TargetRefused as error:
                raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
        return endpoints.set_webhook(connection, account.id, url, now())


def _note(door: Door, account_id: int, fault: str | None) -> None:
    with door.within(account_id) as connection:
        endpoints.note_ping(connection, account_id, fault)


def _shown(webhook: Webhook | None) -> WebhookSettings:
    url, fault = (webhook.url, webhook.ping_fault) if webhook else (None, None)
    return WebhookSettings(
        webhook_url=url, webhook_enabled=bool(url) and not fault, webhook_status_detail=fault
    )
