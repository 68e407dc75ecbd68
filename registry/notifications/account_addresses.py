"""Addresses that administrators of an account choose: of four kinds, and nowhere else.

An address of Apprise may lead anywhere, also into the network of this machine, so that only
operators give one (`rosterline account notify`). What an administrator pastes becomes an address of
Apprise here:

    webhook   https://clinic.example/hook   →   jsons://clinic.example/hook?redirect=no
"""

import re
from typing import Literal, get_args
from urllib.parse import urlsplit

from schemas.errors import NotAllowed
from schemas.kinds import EMAIL

Service = Literal["email", "slack", "teams", "webhook"]
SERVICES: tuple[Service, ...] = get_args(Service)

_HOSTS: dict[str, tuple[re.Pattern[str], str]] = {
    "slack": (
        re.compile(r"hooks\.slack\.com"),
        "an incoming webhook of Slack: https://hooks.slack.com/services/…",
    ),
    "teams": (
        re.compile(r"[a-z0-9.-]+\.(?:webhook\.office\.com|logic\.azure\.com|powerplatform\.com)"),
        "a workflow of Teams: https://….logic.azure.com/workflows/…",
    ),
}
_SECURE_PORT = 443


def address_of(service: Service, given: str, *, private: bool) -> str:
    """The address of a channel that tells over a service.

    Args:
        service: what the administrator chose.
        given: the e-mail address, or the service's URL, as it was pasted.
        private: whether a webhook may use http, as in a test's own network.

    Raises:
        NotAllowed: it is no address of this service; the message does not quote it.
    """
    given = given.strip()
    if service == "email":
        if not re.fullmatch(EMAIL, given.lower()):
            raise NotAllowed("this is no e-mail address")
        return given
    parts = urlsplit(given)
    if service == "webhook":
        return _webhook(given, private=private)
    hosts, example = _HOSTS[service]
    is_theirs = parts.scheme == "https" and hosts.fullmatch(parts.hostname or "")
    if not is_theirs or parts.username or parts.port not in (None, _SECURE_PORT):
        raise NotAllowed(f"this is not {example}")
    return given


def _webhook(given: str, *, private: bool) -> str:
    """A JSON document is posted there; redirects are not followed, certificates are checked.

    So an address that leads into a private network by a trick of its name answers nothing: no
    machine there has the certificate of that name.
    """
    parts = urlsplit(given)
    if parts.scheme not in (("http", "https") if private else ("https",)) or not parts.hostname:
        raise NotAllowed("a webhook's address begins with https:// and names a host")
    if parts.query or parts.fragment or parts.username:
        raise NotAllowed("a webhook's address has no user name and no part behind a ? or #")
    scheme = "jsons" if parts.scheme == "https" else "json"
    return f"{scheme}://{parts.netloc}{parts.path}?redirect=no"
