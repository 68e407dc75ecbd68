"""Bodies of webhooks, and the signatures that prove who sent them.

Two signatures cover the bytes of the body: `x-metriport-signature`, which is HMAC-SHA256 in
hexadecimal under the account's webhook key; and that of Standard Webhooks
(https://www.standardwebhooks.com), under the same key
(`registry.webhooks.endpoints.standard_secret`).
"""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

TYPE = "medical.bulk-patient-create"
PING_TYPE = "ping"


def message(
    message_id: str, when: datetime, request_id: str, about: Mapping[str, str | None]
) -> bytes:
    """The body that reports on a request. Values of `about` that are None are left out.

    message("m-1", at, "r-1", {"status": "completed", "reason": None})
    → {"meta": {"messageId": "m-1", "when": …, "type": …, "requestId": "r-1"},
       "bulkPatientCreate": {"requestId": "r-1", "status": "completed"}}
    """
    given = {name: value for name, value in about.items() if value is not None}
    return _compact(
        {
            "meta": {
                "messageId": message_id,
                "when": when.isoformat(),
                "type": TYPE,
                "requestId": request_id,
            },
            "bulkPatientCreate": {"requestId": request_id, **given},
        }
    )


def ping(message_id: str, when: datetime, challenge: str) -> bytes:
    """The body that asks a receiver to answer with `challenge`."""
    meta = {"messageId": message_id, "when": when.isoformat(), "type": PING_TYPE}
    return _compact({"ping": challenge, "meta": meta})


def headers(body: bytes, key: str, message_id: str, now: datetime) -> dict[str, str]:
    """The headers of a body: signatures, id and time of the message."""
    timestamp = str(int(now.timestamp()))
    signed = b".".join((message_id.encode(), timestamp.encode(), body))
    standard = base64.b64encode(_mac(key, signed).digest()).decode()
    return {
        "content-type": "application/json",
        "user-agent": "rosterline",
        "x-metriport-signature": _mac(key, body).hexdigest(),
        "webhook-id": message_id,
        "webhook-timestamp": timestamp,
        "webhook-signature": f"v1,{standard}",
    }


def _mac(key: str, content: bytes) -> hmac.HMAC:
    return hmac.new(key.encode(), content, hashlib.sha256)


def _compact(content: Mapping[str, Any]) -> bytes:
    return json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
