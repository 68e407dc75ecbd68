"""One attempt to deliver one body: five seconds, no redirects, to a checked address."""

import asyncio
import json
import secrets
import time
from dataclasses import dataclass
from datetime import datetime
from uuid import uuid4

import httpx

from gateway.webhooks import signing
from gateway.webhooks.allowed_targets import TargetRefused, resolve
from registry.webhooks.endpoints import Webhook

TIMEOUT_SECONDS = 5.0
_MAX_ANSWER_BYTES = 64 * 1024


@dataclass(frozen=True)
class DeliveryResult:
    """How a delivery attempt went; `fault` says why it failed, and is None if it did not."""

    seconds: float
    http_status: int | None
    fault: str | None
    body: bytes = b""


def client() -> httpx.AsyncClient:
    """An HTTP client for webhooks; close it after use."""
    return httpx.AsyncClient(
        follow_redirects=False,
        trust_env=False,  # a proxy would resolve the host name again
        timeout=TIMEOUT_SECONDS,
        # A kept connection belongs to an IP address; another host there has another certificate.
        limits=httpx.Limits(max_keepalive_connections=0),
    )


async def send(
    sender: httpx.AsyncClient, url: str, body: bytes, headers: dict[str, str], *, private: bool
) -> DeliveryResult:
    """POST a body; any 2xx is a success. It does not raise: a failure is the result's `fault`."""
    began = time.monotonic()
    status: int | None = None
    answer = b""
    try:
        async with asyncio.timeout(TIMEOUT_SECONDS):
            target = await resolve(url, private=private)
            async with sender.stream(
                "POST",
                target.url,
                content=body,
                headers={**headers, "host": target.host_header},
                extensions={"sni_hostname": target.host},
            ) as response:
                status = response.status_code
                async for piece in response.aiter_raw():
                    answer += piece
                    if len(answer) > _MAX_ANSWER_BYTES:
                        break
        fault = None if response.is_success else f"answered {status}"
    except TargetRefused as error:
        fault = error.said
    except (TimeoutError, httpx.TimeoutException):
        fault = None if status and httpx.codes.is_success(status) else "no answer in 5 seconds"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        # Only the class of the error: its text may quote what the receiver sent.
        fault = None if status and httpx.codes.is_success(status) else type(error).__name__
    return DeliveryResult(time.monotonic() - began, status, fault, answer)


async def ping(webhook: Webhook, now: datetime, *, private: bool) -> str | None:
    """Ask the receiver to repeat a random word. Returns why it did not; None if it did."""
    if webhook.url is None:
        return None
    message_id, challenge = str(uuid4()), secrets.token_urlsafe(16)
    body = signing.ping(message_id, now, challenge)
    headers = signing.headers(body, webhook.key, message_id, now)
    async with client() as sender:
        answer = await send(sender, webhook.url, body, headers, private=private)
    if answer.fault:
        return answer.fault
    try:
        said = json.loads(answer.body)
    except ValueError:
        said = None
    if not isinstance(said, dict) or said.get("pong") != challenge:
        return 'did not answer {"pong": …} with the ping\'s word'
    return None
