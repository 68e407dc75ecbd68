"""What a form that takes a file shows: its formats, the facilities, and the limits."""

import secrets
from typing import Any

from gateway.portal.page_requests import PageRequest
from registry.accounts.accounts import list_facilities
from registry.requests.portal_submissions import formats_of
from schemas.catalogue import get_format


def upload_fields(page_request: PageRequest, chosen: str = "") -> dict[str, Any]:
    """The values of `imports/upload_form.html`; `chosen` is the format to choose at first."""
    with page_request.as_account() as (connection, account):
        facilities = list_facilities(connection, account)
    formats = [get_format(name) for name in formats_of(account)]
    return {
        "account": account,
        "formats": formats,
        "chosen": next((each for each in formats if each.name == chosen), formats[0]),
        # With one facility there is nothing to choose.
        "facilities": facilities if len(facilities) > 1 else [],
        "token": secrets.token_urlsafe(16),
        "max_bytes": page_request.context.settings.max_file_bytes,
    }
