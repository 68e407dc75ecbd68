"""Notifications: over which channels people of the account are told what became of its files."""

import socket
from collections.abc import Sequence
from typing import Any, cast

from fastapi import APIRouter
from psycopg import Connection
from starlette.responses import Response

from gateway.portal.context import now
from gateway.portal.languages import N_, gettext
from gateway.portal.page_requests import CanManage, PageRequest
from gateway.portal.said_once import say_on
from gateway.portal.settings.section_pages import Outcome, apply_form, is_success, show_section
from gateway.webhooks.allowed_targets import TargetRefused, parse
from registry.accounts.accounts import Account
from registry.notifications import account_channels
from registry.notifications.account_addresses import SERVICES, Service, address_of
from registry.notifications.account_channels import KINDS, AccountChannel
from registry.notifications.channels import channel_of_account, shown_address
from schemas.errors import NotAllowed, NotFound

router = APIRouter(prefix="/admin")

SERVICE_LABELS: dict[Service, str] = {
    "email": N_("E-mail"),
    "slack": N_("Slack"),
    "teams": N_("Microsoft Teams"),
    "webhook": N_("Webhook (JSON)"),
}
KIND_LABELS = {
    "failed": N_("A file could not be imported"),
    "held": N_("A file waits for a person"),
    "no_file": N_("No file has come"),
    "finished": N_("A file was imported"),
}
USUAL_KINDS = ("failed", "held", "no_file")
MAX_NAME = 60
MAX_CHANNELS = 20


@router.get("/notifications")
def show_channels(page_request: CanManage) -> Response:
    """The channels of the account, without what is secret of their addresses."""
    return show_section("notifications", page_request, _reader(page_request))


@router.post("/notifications")
def change_channels(page_request: CanManage) -> Response:
    """Add or remove a channel, or send a test message over one."""
    read = _reader(page_request)
    actions = {"add": _add, "remove": _remove, "test": _note_test}
    answer = apply_form("notifications", page_request, read, actions)
    if page_request.form.get("do") == "test" and is_success(answer):
        return _send_test(page_request)
    return answer


def _reader(page_request: PageRequest) -> Any:  # noqa: ANN401 - a Read of section_pages
    settings = page_request.context.settings

    def read(connection: Connection, account: Account) -> dict[str, Any]:
        found = account_channels.list_channels(connection, account.id)
        return {
            "channels": [(each, shown_address(settings, each)) for each in found],
            "services": SERVICE_LABELS,
            "kinds": KIND_LABELS,
            "usual": USUAL_KINDS,
            "sends_mail": page_request.context.sends_mail,
        }

    return read


def _add(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    form, settings = page_request.form, page_request.context.settings
    name, service = form.get("name", "").strip(), form.get("service", "")
    if not name or len(name) > MAX_NAME or not name.isprintable():
        raise NotAllowed(f"a name has 1 to {MAX_NAME} letters and no line breaks")
    if service not in SERVICES:
        raise NotAllowed("choose e-mail, Slack, Teams or a webhook")
    wanted = page_request.form_lists.get("kind", ())
    kinds = [kind for kind in KINDS if kind in wanted]
    if not kinds:
        raise NotAllowed("choose at least one thing to be told of")
    there = account_channels.list_channels(connection, account.id)
    if len(there) >= MAX_CHANNELS:
        raise NotAllowed(f"an account has {MAX_CHANNELS} channels at most; remove one first")
    private = settings.webhook_private_targets
    address = address_of(cast("Service", service), form.get("address", ""), private=private)
    if service == "webhook":
        try:
            parse(form.get("address", "").strip(), private=private)
        except TargetRefused as error:
            raise NotAllowed(error.said.replace("webhookUrl", "the address")) from error
    daily = form.get("when") == "daily"
    account_channels.add_channel(connection, account, name, address, kinds, now(), daily=daily)
    # An address that cannot be read is not kept.
    channel_of_account(
        settings, _find(account_channels.list_channels(connection, account.id), name)
    )
    said = gettext(
        "%(name)s is told from now on. Send a test message to see that it arrives.", name=name
    )
    return {"done": said}


def _remove(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    name = page_request.form.get("name", "")
    account_channels.remove_channel(connection, account, name)
    return {"done": gettext("%(name)s is told nothing more.", name=name)}


def _note_test(page_request: PageRequest, connection: Connection, account: Account) -> Outcome:
    """What the activity log keeps is committed before anything is sent."""
    _find(account_channels.list_channels(connection, account.id), page_request.form.get("name", ""))
    return {}


def _send_test(page_request: PageRequest) -> Response:
    name = page_request.form.get("name", "")
    with page_request.as_account() as (connection, account):
        found = _find(account_channels.list_channels(connection, account.id), name)
    body = f"A test message from {socket.gethostname()} for account {found.account}."
    try:
        fault = channel_of_account(page_request.context.settings, found).send(
            "Rosterline: test", body
        )
    except NotAllowed as error:
        fault = error.said
    outcome = (
        {"error": gettext("%(name)s did not take the test message: %(why)s", name=name, why=fault)}
        if fault
        else {"done": gettext("%(name)s took the test message.", name=name)}
    )
    return say_on("/admin/notifications", page_request, outcome)


def _find(channels: Sequence[AccountChannel], name: str) -> AccountChannel:
    found = next((each for each in channels if each.name == name), None)
    if found is None:
        raise NotFound(f"there is no channel {name!r}")
    return found
