"""What a webhook says, and how it proves that we said it.

Two signatures over the very bytes of the body: `x-metriport-signature`, hexadecimal
HMAC-SHA256 under the account's webhook key, and those of Standard Webhooks
(https://www.standardwebhooks.com) under the same key, spelled as
`registry.webhooks.endpoints.standard_secret` does.
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
    """The body that tells of a request; what is None in `about` is left out."""
    said = {name: value for name, value in about.items() if value is not None}
    return _compact(
        {
            "meta": {
                "messageId": message_id,
                "when": when.isoformat(),
                "type": TYPE,
                "requestId": request_id,
            },
            "bulkPatientCreate": {"requestId": request_id, **said},
        }
    )


def ping(message_id: str, when: datetime, challenge: str) -> bytes:
    """The body that asks whether anybody who knows us is there."""
    meta = {"messageId": message_id, "when": when.isoformat(), "type": PING_TYPE}
    return _compact({"ping": challenge, "meta": meta})


def headers(body: bytes, key: str, message_id: str, now: datetime) -> dict[str, str]:
    """The headers that go with a body."""
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
