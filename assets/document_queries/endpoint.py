"""Searches at the FHIR endpoint over httpx, all pages of a result included.

Faults of the endpoint or the network are returned as an `Answer` and not raised.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from urllib.parse import urlencode, urljoin

import httpx

from assets.document_queries.answers import (
    MAX_KEPT,
    NOT_FHIR,
    Answer,
    NotFhir,
    Page,
    is_about,
    judge_status,
    read_page,
)
from assets.document_queries.search import Parameters
from registry.settings import Settings

SEARCH = "DocumentReference/_search"
MAX_PAGES = 50
MAX_PAGE_BYTES = 32 * 1024**2
LONGEST_RETRY_AFTER = 3600.0
FHIR_JSON = "application/fhir+json"

Turn = Callable[[], Awaitable[bool]]
"""Waits until the next request may be sent; returns False if no time is left for one."""


def fhir_client(settings: Settings) -> httpx.AsyncClient:
    """A client of the configured endpoint; close it after use."""
    # At INFO they log whole URLs, and the URL of a next page may contain the patient's values.
    for name in ("httpx", "httpcore"):
        logging.getLogger(name).setLevel(logging.WARNING)
    headers = {"accept": FHIR_JSON, "prefer": "handling=strict"}
    if settings.fhir_token:
        headers["authorization"] = f"Bearer {settings.fhir_token}"
    with_password = settings.fhir_user and settings.fhir_password
    return httpx.AsyncClient(
        base_url=settings.fhir_base_url or "",
        headers=headers,
        auth=(settings.fhir_user or "", settings.fhir_password or "") if with_password else None,
        timeout=settings.fhir_timeout_seconds,
        follow_redirects=False,  # a redirect would send the token to another server
    )


class Searcher:
    """Searches of one client; `turn` is awaited before each request."""

    def __init__(self, client: httpx.AsyncClient, turn: Turn, timeout: float) -> None:
        self._client = client
        self._turn = turn
        self._timeout = timeout

    async def find(self, parameters: Parameters) -> Answer:
        """Search, and count the documents of all pages. The caller awaits the first turn."""
        request = self._client.build_request(
            "POST",
            # The parameters are in the body, because servers write URLs to access logs.
            SEARCH,
            content=urlencode(parameters),
            headers={"content-type": "application/x-www-form-urlencoded"},
        )
        found, remark = 0, None
        documents: list[dict[str, object]] = []
        for number in range(MAX_PAGES):
            page = await self._page(request, is_first=number == 0)
            if isinstance(page, Answer):
                return page
            if number == 0 and not is_about(page.self_url, (name for name, _ in parameters)):
                return Answer("refused", reason="parameters_ignored")
            found += page.found
            remark = remark or page.remark
            documents += page.documents[: MAX_KEPT - len(documents)]
            if page.next_url is None:
                return Answer("found", found, remark, documents=tuple(documents))
            address = httpx.URL(urljoin(str(request.url), page.next_url))
            if _origin(address) != _origin(request.url):
                return Answer("refused", reason="other_origin")
            request = self._client.build_request("GET", address)
            if not await self._turn():
                return Answer("unwell", reason="out_of_time")
        return Answer("refused", reason="too_many_pages")

    async def _page(self, request: httpx.Request, *, is_first: bool) -> Page | Answer:
        try:
            async with asyncio.timeout(self._timeout):
                status, retry_after, body = await self._send(request)
            if status != httpx.codes.OK:
                answer = judge_status(status, retry_after)
                # If a further page is gone, the search is repeated from the start.
                return answer if is_first else Answer("unwell", reason=answer.reason)
            return read_page(body)
        except NotFhir:
            return Answer("unwell", reason=NOT_FHIR)
        except (TimeoutError, httpx.TimeoutException):
            return Answer("unwell", reason="timeout")
        except (httpx.HTTPError, httpx.InvalidURL):
            return Answer("unwell", reason="unreachable")

    async def _send(self, request: httpx.Request) -> tuple[int, float, bytes]:
        response = await self._client.send(request, stream=True)
        try:
            body = b""
            async for piece in response.aiter_bytes():
                body += piece
                if len(body) > MAX_PAGE_BYTES:
                    raise NotFhir
            return response.status_code, _retry_after(response), body
        finally:
            await response.aclose()


async def fault_of(settings: Settings) -> str | None:
    """Why the endpoint cannot be used according to its /metadata; None if it can be used."""
    try:
        async with asyncio.timeout(settings.fhir_timeout_seconds), fhir_client(settings) as client:
            answer = await client.get("metadata")
            said = answer.json() if answer.is_success else None
    except (TimeoutError, httpx.TimeoutException):
        return f"no answer in {settings.fhir_timeout_seconds:g} seconds"
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as error:
        return type(error).__name__
    if said is None:
        return f"/metadata answers {answer.status_code}"
    if not isinstance(said, dict) or said.get("resourceType") != "CapabilityStatement":
        return "/metadata is no CapabilityStatement"
    version = str(said.get("fhirVersion"))
    return None if version.startswith("4.") else f"it speaks FHIR {version}, not R4"


def _origin(url: httpx.URL) -> tuple[str, str, int | None]:
    return url.scheme, url.host, url.port


def _retry_after(response: httpx.Response) -> float:
    """Seconds until the server wants the next request, from a number or a date; 0 for none."""
    given = response.headers.get("retry-after", "")
    if given.isdecimal():
        seconds = float(given)
    else:
        try:
            until = parsedate_to_datetime(given).astimezone(UTC)
        except (ValueError, OverflowError):
            return 0.0
        seconds = (until - datetime.now(UTC)).total_seconds()
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER)
