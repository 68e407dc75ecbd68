"""Webhooks: where they go, how deliveries went, and delivering again."""

from dataclasses import replace
from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from gateway.api.context import ApiContext, AuthenticatedCaller, Reader, Writer, now
from gateway.api.models.body import described
from gateway.api.models.webhooks import (
    DeliveryAttempt,
    NewSettings,
    Retried,
    WebhookLog,
    WebhookSettings,
)
from gateway.api.problems import Refused
from gateway.api.threads import OneThread
from gateway.webhooks.allowed_targets import TargetRefused, parse
from gateway.webhooks.delivery import ping
from registry.webhooks import endpoints, outbox
from registry.webhooks.endpoints import Webhook

router = APIRouter(prefix="/settings", tags=["Webhooks"], route_class=OneThread)

SHOWN_ATTEMPTS = 100


@router.get("", responses=described())
def get_settings(caller: Reader) -> WebhookSettings:
    """See where webhooks go."""
    with caller.as_account() as (connection, account):
        return _shown(account.name, endpoints.get_webhook(connection, account.id))


@router.post("", responses=described(403))
async def set_settings(caller: Writer, wanted: NewSettings) -> WebhookSettings:
    """Set where webhooks go, and ping it.

    The ping is `{"ping": "<word>", "meta": {…}}`; the receiver answers `{"pong": "<word>"}`
    within 5 seconds. The address is kept even if it does not, so that a receiver can be deployed
    later.
    """
    name, webhook = await run_in_threadpool(_set, caller, wanted.webhook_url or None)
    fault = await ping(webhook, now(), private=caller.context.settings.webhook_private_targets)
    await run_in_threadpool(_note_ping, caller.context, webhook, fault)
    return _shown(name, replace(webhook, last_fault=fault))


@router.get("/webhook", responses=described())
def get_webhook_log(caller: Reader) -> WebhookLog:
    """See where webhooks go, and the latest delivery attempts, the newest first."""
    with caller.as_account() as (connection, account):
        settings = _shown(account.name, endpoints.get_webhook(connection, account.id))
        tries = outbox.list_deliveries(connection, account.id, SHOWN_ATTEMPTS)
    shown = [
        DeliveryAttempt.of(each, request_id=each.import_id, status=each.state) for each in tries
    ]
    return WebhookLog(**settings.model_dump(), tries=shown)


@router.post("/webhook/retry", responses=described(403))
def retry_webhooks(caller: Writer) -> Retried:
    """Send all undelivered messages again now, also those that were given up."""
    with caller.as_account() as (connection, account):
        count = outbox.retry_all(connection, account.id, now())
        caller.log(connection, "change", f"webhook: {count} messages sent again")
        return Retried(messages=count)


def _set(caller: AuthenticatedCaller, url: str | None) -> tuple[str, Webhook]:
    with caller.as_account() as (connection, account):
        if url is not None:
            try:
                parse(url, private=caller.context.settings.webhook_private_targets)
            except TargetRefused as error:
                raise Refused(HTTPStatus.BAD_REQUEST, error.said) from error
        caller.log(connection, "change", "webhook: address set" if url else "webhook: removed")
        return account.name, endpoints.set_webhook(connection, account.id, url, now())


def _note_ping(context: ApiContext, webhook: Webhook, fault: str | None) -> None:
    with context.as_account(webhook.account_id) as connection:
        endpoints.note_sent(connection, webhook.account_id, webhook.url, fault)


def _shown(account: str, webhook: Webhook | None) -> WebhookSettings:
    url, fault = (webhook.url, webhook.last_fault) if webhook else (None, None)
    return WebhookSettings(
        id=account,
        webhook_url=url,
        webhook_enabled=bool(url) and not fault,
        webhook_status_detail=fault,
    )
