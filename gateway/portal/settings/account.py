"""An account's own matters: webhook, lists that files refer to, how files are judged, the trail."""

from typing import Any

from fastapi import APIRouter
from psycopg import Connection
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from gateway.portal.context import Managing, Visit, now
from gateway.portal.settings.actions import Told, acted, shown
from gateway.webhooks.allowed_targets import TargetRefused, parse
from gateway.webhooks.delivery import ping
from registry.accounts import accounts, activity_log
from registry.accounts.accounts import Account
from registry.accounts.vocabulary import list_names
from registry.webhooks import endpoints, outbox
from registry.webhooks.endpoints import Webhook, standard_secret
from schemas.catalogue import FORMATS
from schemas.errors import NotAllowed

router = APIRouter(prefix="/admin")

SHOWN_TRIES = 50
SHOWN_EVENTS = 100
MAX_NAME = 200
MAX_LEVELS = 100


@router.get("/webhook")
def show_webhook(visit: Managing) -> Response:
    """Where webhooks go, and how telling went."""
    return shown("webhook", visit, _webhook, {})


@router.post("/webhook")
async def change_webhook(visit: Managing) -> Response:
    """Set the address and ping it, or send again what was not delivered."""
    actions = {"set": _set_webhook, "retry": _retry}
    answer = await run_in_threadpool(acted, "webhook", visit, _webhook, actions)
    is_set = visit.sent.get("do") == "set" and answer.status_code < 400  # noqa: PLR2004 - a success
    if not is_set or not visit.sent.get("url", "").strip():
        return answer
    webhook = await run_in_threadpool(_read_webhook, visit)
    private = visit.desk.settings.webhook_private_targets
    fault = await ping(webhook, now(), private=private) if webhook else None
    return await run_in_threadpool(_tell_ping, visit, fault)


@router.get("/lists")
def show_lists(visit: Managing) -> Response:
    """Facilities, cohorts, groups."""
    return shown("lists", visit, _lists, {})


@router.post("/lists")
def change_lists(visit: Managing) -> Response:
    """Add a facility or a cohort."""
    return acted("lists", visit, _lists, {"facility": _add_facility, "cohort": _add_cohort})


@router.get("/account")
def show_account(visit: Managing) -> Response:
    """How the account's files are judged."""
    return shown("account", visit, _account, {})


@router.post("/account")
def change_account(visit: Managing) -> Response:
    """Change how files are judged, from the next import on."""
    return acted("account", visit, _account, {"set": _set_account})


@router.get("/trail")
def show_trail(visit: Managing) -> Response:
    """Who signed in, and what they did."""
    return shown("trail", visit, _trail, {})


def _webhook(connection: Connection, account: Account) -> dict[str, Any]:
    webhook = endpoints.get_webhook(connection, account.id)
    return {
        "webhook": webhook,
        "standard": standard_secret(webhook.key) if webhook else "",
        "tries": outbox.list_deliveries(connection, account.id, SHOWN_TRIES),
    }


def _set_webhook(visit: Visit, connection: Connection, account: Account) -> Told:
    url = visit.sent.get("url", "").strip() or None
    if url is not None:
        try:
            parse(url, private=visit.desk.settings.webhook_private_targets)
        except TargetRefused as error:
            raise NotAllowed(str(error).replace("webhookUrl", "the address")) from error
    endpoints.set_webhook(connection, account.id, url, now())
    return {"done": "Webhooks are sent no more."}


def _retry(_: Visit, connection: Connection, account: Account) -> Told:
    count = outbox.retry_all(connection, account.id, now())
    return {"done": f"{count} messages are sent again now."}


def _read_webhook(visit: Visit) -> Webhook | None:
    with visit.within() as (connection, account):
        return endpoints.get_webhook(connection, account.id)


def _tell_ping(visit: Visit, fault: str | None) -> Response:
    with visit.within() as (connection, account):
        endpoints.note_ping(connection, account.id, fault)
    if fault:
        return shown("webhook", visit, _webhook, {"error": f"kept, but the ping failed: {fault}"})
    return shown("webhook", visit, _webhook, {"done": "The address answered; webhooks go there."})


def _lists(connection: Connection, account: Account) -> dict[str, Any]:
    return {
        "facilities": accounts.list_facilities(connection, account),
        "cohorts": accounts.list_cohorts(connection, account),
        "names": list_names(connection, account),
    }


def _add_facility(visit: Visit, connection: Connection, account: Account) -> Told:
    added = accounts.add_facility(connection, account, _name(visit))
    return {"done": f"Facility {added.name!r} is there."}


def _add_cohort(visit: Visit, connection: Connection, account: Account) -> Told:
    added = accounts.add_cohort(connection, account, _name(visit))
    return {"done": f"Cohort {added.name!r} is there."}


def _name(visit: Visit) -> str:
    name = visit.sent.get("name", "").strip()
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise NotAllowed(f"a name has 1 to {MAX_NAME} letters and no line breaks")
    return name


def _account(_: Connection, account: Account) -> dict[str, Any]:
    return {
        "levels": account.settings.get("risk_levels", []),
        "lenient": account.settings.get("lenient", False),
        "further": account.settings.get("further_formats", []),
        "formats": FORMATS,
    }


def _set_account(visit: Visit, connection: Connection, account: Account) -> Told:
    lines = (line.strip() for line in visit.sent.get("levels", "").splitlines())
    levels = list(dict.fromkeys(line for line in lines if line))
    if len(levels) > MAX_LEVELS or any(len(level) > MAX_NAME for level in levels):
        raise NotAllowed(f"at most {MAX_LEVELS} risk levels of at most {MAX_NAME} letters")
    changes: dict[str, Any] = {"risk_levels": levels, "lenient": "lenient" in visit.sent}
    if visit.may("operate"):
        given = visit.many.get("format", ())
        changes["further_formats"] = [name for name in FORMATS if name in given]
    accounts.change_settings(connection, account, changes)
    return {"done": "Kept. The next import is judged by it."}


def _trail(connection: Connection, account: Account) -> dict[str, Any]:
    return {
        "events": activity_log.list_events(connection, account_id=account.id, limit=SHOWN_EVENTS)
    }
