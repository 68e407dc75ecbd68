"""Where webhooks go, how telling went, and telling again."""

from http import HTTPStatus

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool

from gateway.api.door import Door, InDoor, Reader, Writer, now
from gateway.api.models import (
    NewSettings,
    Retried,
    WebhookLog,
    WebhookSettings,
    WebhookTry,
    described,
)
from gateway.api.problems import Refused
from gateway.webhooks.sending import ping
from gateway.webhooks.targets import TargetRefused, parse
from registry import webhooks
from registry.webhooks import Try, Webhook

router = APIRouter(prefix="/settings", tags=["Webhooks"])

SHOWN_TRIES = 100


@router.get("", responses=described())
def get_settings(door: InDoor, caller: Reader) -> WebhookSettings:
    """See where webhooks go."""
    with door.within(caller.account.id) as connection:
        return _shown(webhooks.get_webhook(connection, caller.account.id))


@router.post("", responses=described(403))
async def set_settings(door: InDoor, caller: Writer, wanted: NewSettings) -> WebhookSettings:
    """Set where webhooks go, and ping it.

    The ping is `{"ping": "<word>", "meta": {…}}`; the receiver answers `{"pong": "<word>"}`
    within 5 seconds. The address is kept even where it does not, so that it can be deployed later.
    """
    url, private = wanted.webhook_url or None, door.settings.webhook_private_targets
    if url is not None:
        try:
            parse(url, private=private)
        except TargetRefused as error:
            raise Refused(HTTPStatus.BAD_REQUEST, str(error)) from error
    webhook = await run_in_threadpool(_set, door, caller.account.id, url)
    fault = await ping(webhook, now(), private=private)
    await run_in_threadpool(_note, door, caller.account.id, fault)
    return WebhookSettings(
        webhook_url=url, webhook_enabled=bool(url) and not fault, webhook_status_detail=fault
    )


@router.get("/webhook", responses=described())
def get_webhook_log(door: InDoor, caller: Reader) -> WebhookLog:
    """See where webhooks go, and the latest tries to deliver one, the newest first."""
    with door.within(caller.account.id) as connection:
        settings = _shown(webhooks.get_webhook(connection, caller.account.id))
        tries = webhooks.list_tries(connection, caller.account.id, SHOWN_TRIES)
    return WebhookLog(**settings.model_dump(), tries=[_shown_try(each) for each in tries])


@router.post("/webhook/retry", responses=described(403))
def retry_webhooks(door: InDoor, caller: Writer) -> Retried:
    """Send every message that was not delivered again now, those given up too."""
    with door.within(caller.account.id) as connection:
        return Retried(messages=webhooks.retry_all(connection, caller.account.id, now()))


def _set(door: Door, account_id: int, url: str | None) -> Webhook:
    with door.within(account_id) as connection:
        return webhooks.set_webhook(connection, account_id, url, now())


def _note(door: Door, account_id: int, fault: str | None) -> None:
    with door.within(account_id) as connection:
        webhooks.note_ping(connection, account_id, fault)


def _shown(webhook: Webhook | None) -> WebhookSettings:
    url, fault = (webhook.url, webhook.ping_fault) if webhook else (None, None)
    return WebhookSettings(
        webhook_url=url, webhook_enabled=bool(url) and not fault, webhook_status_detail=fault
    )


def _shown_try(each: Try) -> WebhookTry:
    return WebhookTry(
        message_id=each.message_id,
        request_id=each.import_id,
        status=each.state,
        number=each.number,
        tried_at=each.tried_at,
        seconds=each.seconds,
        http_status=each.http_status,
        fault=each.fault,
    )
