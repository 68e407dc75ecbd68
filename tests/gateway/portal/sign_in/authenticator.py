"""An authenticator app, written from RFC 6238 and not with the library of the server."""

import base64
import hmac
import struct
from datetime import datetime, timedelta

from gateway.portal.context import now

STEP = timedelta(seconds=30)


def code_at(secret: str, moment: datetime | None = None) -> str:
    """The six digits that an app shows for this secret; now, or at another moment."""
    step = int((moment or now()).timestamp()) // 30
    digest = hmac.new(base64.b32decode(secret), struct.pack(">Q", step), "sha1").digest()
    at = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[at : at + 4])[0] & 0x7FFFFFFF) % 1_000_000:06}"


def next_code(secret: str) -> str:
    """The code of the coming half minute, which is right already, also after the present one."""
    return code_at(secret, now() + STEP)


def wrong_code(secret: str) -> str:
    """Six digits that no clock shows about now."""
    right = {code_at(secret, now() + steps * STEP) for steps in range(-3, 4)}
    return next(f"{each:06}" for each in range(1_000_000) if f"{each:06}" not in right)
