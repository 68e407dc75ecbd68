"""Signed links: who holds one may put one file, or fetch one result, until it expires.

A link names account, request and expiry in its path. There is nothing else to look up who may use
it, and no key of the account is needed.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from schemas.errors import Expired, NotAllowed

RESULT_LINK_TIME = timedelta(hours=1)
UPLOAD_PATH = "/upload"
RESULT_PATH = "/result"


@dataclass(frozen=True)
class Linked:
    """What a valid link stands for."""

    account_id: int
    request_id: UUID


class Links:
    """Makes links below `base_url` and reads them again."""

    def __init__(self, secret: bytes, base_url: str) -> None:
        self._base_url = base_url
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        # A salt each: a link for a result is none for an upload.
        self._upload, self._result = (
            URLSafeSerializer(secret, salt=salt, signer_kwargs=options)
            for salt in ("rosterline upload", "rosterline result")
        )

    def upload(self, account_id: int, request_id: UUID, expires_at: datetime) -> str:
        """The link that takes the file of a request."""
        token = _token(self._upload, account_id, request_id, expires_at)
        return f"{self._base_url}{UPLOAD_PATH}/{token}"

    def result(self, account_id: int, request_id: UUID, now: datetime) -> str:
        """A fresh link to the result of a request."""
        token = _token(self._result, account_id, request_id, now + RESULT_LINK_TIME)
        return f"{self._base_url}{RESULT_PATH}/{token}"

    def read_upload(self, token: str, now: datetime) -> Linked:
        """What an upload link stands for.

        Raises:
            Expired: it was valid, and is no more.
            NotAllowed: it is none of ours.
        """
        return _read(self._upload, token, now)

    def read_result(self, token: str, now: datetime) -> Linked:
        """What a result link stands for.

        Raises:
            Expired: it was valid, and is no more.
            NotAllowed: it is none of ours.
        """
        return _read(self._result, token, now)


def _token(
    serializer: URLSafeSerializer, account_id: int, request_id: UUID, expires_at: datetime
) -> str:
    return str(serializer.dumps([account_id, request_id.hex, int(expires_at.timestamp())]))


def _read(serializer: URLSafeSerializer, token: str, now: datetime) -> Linked:
    try:
        content: Any = serializer.loads(token)
    except BadData as error:
        raise NotAllowed("this link was not made here, or was changed") from error
    account_id, request_id, expires_at = content
    if now.timestamp() >= expires_at:
        raise Expired("this link expired; ask for a new one")
    return Linked(account_id, UUID(request_id))
