"""What a page says after a form did its work, said once: a redirect carries it in a sealed cookie.

    POST ──▶ the work is done ──▶ 303, cookie ──▶ GET: the page says it, the cookie is deleted

A reload of the page then repeats nothing. What is said may hold a password or a key, so the cookie
is encrypted with a key derived from the installation's, and bound to the session.
"""

import base64
import json
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from starlette.responses import RedirectResponse, Response

from gateway.http.signing_key import derived_key
from gateway.portal.context import PortalContext
from gateway.portal.page_requests import PageRequest

_NONCE_BYTES = 12
_SECONDS = 60

Said = Mapping[str, str]
"""What templates show, by name: `done`, `secret`, `secret_is`."""


def say_on(target: str, page_request: PageRequest, said: Said) -> RedirectResponse:
    """Go on to a page of the portal that says this once."""
    nonce = secrets.token_bytes(_NONCE_BYTES)
    text = json.dumps(dict(said)).encode()
    sealed = _cipher(page_request.context).encrypt(nonce, text, _bound_to(page_request))
    answer = RedirectResponse(target, HTTPStatus.SEE_OTHER)
    context = page_request.context
    answer.set_cookie(
        context.said_cookie_name,
        base64.urlsafe_b64encode(nonce + sealed).decode(),
        max_age=_SECONDS,
        secure=context.is_https,
        httponly=True,
        samesite="lax",
    )
    return answer


def said_before(page_request: PageRequest) -> Said:
    """What the form before this page has to say; nothing where there was none."""
    if not page_request.said_cookie:
        return {}
    try:
        sealed = base64.urlsafe_b64decode(page_request.said_cookie)
        nonce, sealed = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        text = _cipher(page_request.context).decrypt(nonce, sealed, _bound_to(page_request))
    except (ValueError, InvalidTag):
        return {}  # of another session, or not ours
    said: Said = json.loads(text)
    return said


def forget_said(page_request: PageRequest, answer: Response) -> Response:
    """The page, which has said it; a reload no longer does."""
    if page_request.said_cookie:
        context = page_request.context
        answer.delete_cookie(context.said_cookie_name, secure=context.is_https, httponly=True)
    return answer


def _cipher(context: PortalContext) -> AESGCM:
    return AESGCM(derived_key(context.settings, "said once"))


def _bound_to(page_request: PageRequest) -> bytes:
    return page_request.session.sha256.encode()
