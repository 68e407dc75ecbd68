"""Signed links: whoever has one may upload one file, or fetch one result, until it expires.

The path of a link holds account, request and expiry, and their signature. A call with a link needs
no API key, and nothing is looked up to find out whether the link is valid.
"""

import hashlib
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from itsdangerous import BadData, URLSafeSerializer

from schemas.errors import Expired, NotAllowed

RESULT_LINK_TIME = timedelta(hours=1)
"""How long a link to a result is valid."""
UPLOAD_PATH = "/upload"
RESULT_PATH = "/result"


@dataclass(frozen=True)
class Linked:
    """The account and the request that a valid link names."""

    account_id: int
    request_id: UUID


class Links:
    """Makes links that begin with `base_url`, and reads their tokens."""

    def __init__(self, secret: bytes, base_url: str) -> None:
        self._base_url = base_url
        options = {"digest_method": hashlib.sha256, "key_derivation": "hmac"}
        # Two salts, so that the token of a result link is not valid in an upload link.
        self._upload, self._result = (
            URLSafeSerializer(secret, salt=salt, signer_kwargs=options)
            for salt in ("rosterline upload", "rosterline result")
        )

    def upload(self, account_id: int, request_id: UUID, expires_at: datetime) -> str:
        """The link to upload the file of a request to."""
        token = _token(self._upload, account_id, request_id, expires_at)
        return f"{self._base_url}{UPLOAD_PATH}/{token}"

    def result(self, account_id: int, request_id: UUID, now: datetime) -> str:
        """A new link to the result of a request."""
        token = _token(self._result, account_id, request_id, now + RESULT_LINK_TIME)
        return f"{self._base_url}{RESULT_PATH}/{token}"

    def read_upload(self, token: str, now: datetime) -> Linked:
        """The request of an upload link's token.

        Raises:
            Expired: the link was valid before.
            NotAllowed: the token was not signed with our key for this kind of link.
        """
        return _read(self._upload, token, now)

    def read_result(self, token: str, now: datetime) -> Linked:
        """The request of a result link's token.

        Raises:
            Expired: the link was valid before.
            NotAllowed: the token was not signed with our key for this kind of link.
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
