"""Asking the Dagster webserver, in GraphQL, as the UI does."""

import json
import urllib.error
import urllib.request
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from cli.services.listening import web_address
from gateway.http.dagster_tickets import CALL_TIME, tickets
from registry.settings import Settings
from schemas.errors import ServiceUnavailable

ANSWER_SECONDS = 60

_BACKFILLS_RUN = """
query { instance { daemonHealth { daemonStatus(daemonType: "BACKFILL") { healthy } } } }
"""


def ask(
    settings: Settings,
    query: str,
    variables: Mapping[str, Any] | None = None,
    *,
    patience: float = ANSWER_SECONDS,
) -> Any:  # noqa: ANN401 - what JSON holds
    """The `data` of the answer to a query, for which `patience` seconds are waited.

    Raises:
        ServiceUnavailable: the webserver does not answer, or refuses the query.
    """
    address = f"{web_address(settings)}/graphql"
    body = json.dumps({"query": query, "variables": variables or {}}).encode()
    token = tickets(settings).call(datetime.now(UTC) + CALL_TIME)
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {token}"}
    request = urllib.request.Request(address, body, headers)  # noqa: S310 - our own http address
    try:
        with urllib.request.urlopen(request, timeout=patience) as answer:  # noqa: S310
            said = json.load(answer)
    except (OSError, ValueError) as error:
        raise ServiceUnavailable(f"The Dagster webserver at {address} does not answer.") from error
    if said.get("errors"):
        raise ServiceUnavailable(f"The Dagster webserver says: {said['errors'][0]['message']}")
    return said["data"]


def runs_backfills(settings: Settings) -> bool:
    """Whether a webserver answers and its daemon works through backfills."""
    try:
        found = ask(settings, _BACKFILLS_RUN)
    except ServiceUnavailable:
        return False
    return bool(found["instance"]["daemonHealth"]["daemonStatus"]["healthy"])
