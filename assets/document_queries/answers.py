"""Answers of the FHIR endpoint, validated by the models of fhir.resources. Pure functions.

Errors of the models quote what the server sent, so none of these errors leaves this module.
"""

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal
from urllib.parse import parse_qsl, urlsplit

from fhir.resources.R4B.bundle import Bundle
from fhir.resources.R4B.documentreference import DocumentReference

Verdict = Literal["found", "refused", "unwell"]

NOT_FHIR = "not_fhir"
_OF_OTHER_SHAPES = (ValueError, TypeError, AttributeError, LookupError, RecursionError)
"""ValueError: invalid JSON, or pydantic's error. The others: JSON of an unexpected shape."""

MAX_KEPT = 1000
"""Documents of a patient that are kept to be listed; all are counted."""

_KEPT = ("resourceType", "id", "status", "type", "category", "date", "description")
_KEPT_OF_ATTACHMENT = ("contentType", "url", "size", "title", "creation")
"""What is kept of a document: what it is and where. Its content is not."""

_MODIFIER = re.compile(r":\w+")
_OWN_FAULT = {400, 406, 409, 410, 411, 412, 413, 414, 422}
"""Statuses that mean that this search is at fault; all others mean that the endpoint is."""


@dataclass(frozen=True)
class Answer:
    """The result of a search.

    `found` is the number of documents. `reason` is a code for a fault or for an oddity of the
    answer. A `refused` search would be refused again; `unwell` means that the endpoint is at fault
    and not the search. `retry_after` is in seconds, 0 if the server named none.
    """

    verdict: Verdict
    found: int | None = None
    reason: str | None = None
    retry_after: float = 0.0
    documents: tuple[dict[str, Any], ...] = ()


@dataclass(frozen=True)
class Page:
    """One page of a searchset: its documents, the next page, and the search of the server."""

    found: int
    next_url: str | None
    self_url: str | None
    remark: str | None
    documents: tuple[dict[str, Any], ...] = ()


class NotFhir(Exception):
    """The answer is no FHIR R4 searchset."""


def judge_status(status: int, retry_after: float) -> Answer:
    """The answer for a status other than 200."""
    verdict: Verdict = "refused" if status in _OWN_FAULT else "unwell"
    return Answer(verdict, reason=f"http_{status}", retry_after=retry_after)


def read_page(body: bytes) -> Page:
    """Read one page of an answer.

    A document reference that breaks a rule of FHIR is counted, with the remark `invalid_entries`,
    so that a date without a zone does not hide a document. The remark `incomplete` means that the
    server reports an error along with its results.

    Raises:
        NotFhir: the body is not a searchset.
    """
    try:
        return _read_page(body)
    except _OF_OTHER_SHAPES:
        raise NotFhir from None


def _read_page(body: bytes) -> Page:
    answer = json.loads(body)
    resources = _take_out_resources(answer)
    envelope = Bundle.model_validate(answer)
    if envelope.type != "searchset":
        raise NotFhir
    documents = [each for each in resources if each.get("resourceType") == "DocumentReference"]
    links = {link.relation: link.url for link in envelope.link or ()}
    return Page(
        found=len(documents),
        next_url=links.get("next"),
        self_url=links.get("self"),
        remark=_remark(resources, documents),
        documents=tuple(_kept(each) for each in documents if _is_valid(each)),
    )


def _kept(document: dict[str, Any]) -> dict[str, Any]:
    """A valid document reference without its content and without what it says of people."""
    kept = {name: document[name] for name in _KEPT if name in document}
    kept["content"] = [
        {
            "attachment": {
                name: content["attachment"][name]
                for name in _KEPT_OF_ATTACHMENT
                if name in content["attachment"]
            }
        }
        for content in document["content"]
    ]
    return kept


def is_about(self_url: str | None, names: Iterable[str]) -> bool:
    """Whether the self link shows that the server used the parameters with these names.

    A self link without parameters counts as yes, because some servers omit them after a POST.
    """
    pairs = parse_qsl(urlsplit(self_url or "").query, keep_blank_values=True)
    used = {_plain(name) for name, _ in pairs if not name.startswith("_")}
    return not used or used >= {_plain(name) for name in names}


def _plain(name: str) -> str:
    """The name without modifier: `subject:Patient.family` → `patient.family`."""
    return re.sub(r"^subject\b", "patient", _MODIFIER.sub("", name))


def _take_out_resources(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - what JSON holds
    """Remove the matches and outcomes from a bundle and return them, to validate each by itself."""
    entries = answer.get("entry") or []
    found = [(entry.pop("resource", None) or {}, entry.get("search") or {}) for entry in entries]
    return [resource for resource, search in found if search.get("mode") != "include"]


def _remark(resources: list[dict[str, Any]], documents: list[dict[str, Any]]) -> str | None:
    if any(_reports_error(each) for each in resources):
        return "incomplete"
    return None if all(_is_valid(each) for each in documents) else "invalid_entries"


def _reports_error(resource: dict[str, Any]) -> bool:
    issues = resource.get("issue") if resource.get("resourceType") == "OperationOutcome" else None
    return any(issue.get("severity") in ("error", "fatal") for issue in issues or ())


def _is_valid(document: dict[str, Any]) -> bool:
    try:
        DocumentReference.model_validate(document)
    except _OF_OTHER_SHAPES:
        return False
    return True
