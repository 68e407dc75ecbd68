"""An answer of the FHIR endpoint, judged by the models of fhir.resources: pure.

Their errors quote what the server sent, so none of them leaves this module.
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
"""ValueError is no JSON, or pydantic's; the others come from JSON that has another shape."""

_MODIFIER = re.compile(r":\w+")
_OWN_FAULT = {400, 406, 409, 410, 411, 412, 413, 414, 422}
"""Statuses that say something about this very search; all others are about the endpoint."""


@dataclass(frozen=True)
class Answer:
    """What came of a search.

    `found` is the number of documents; `reason` a code, of a fault or of what was odd. `refused`
    will not be better next time, `unwell` says something about the endpoint and not about the
    patient. `retry_after` are seconds, 0 where the server named none.
    """

    verdict: Verdict
    found: int | None = None
    reason: str | None = None
    retry_after: float = 0.0


@dataclass(frozen=True)
class Page:
    """One page of a searchset: how many documents, where it goes on, what the search was."""

    found: int
    next_url: str | None
    self_url: str | None
    remark: str | None


class NotFhir(Exception):
    """The answer is no FHIR R4 searchset."""


def judge_status(status: int, retry_after: float) -> Answer:
    """The answer that a status other than 200 is."""
    verdict: Verdict = "refused" if status in _OWN_FAULT else "unwell"
    return Answer(verdict, reason=f"http_{status}", retry_after=retry_after)


def read_page(body: bytes) -> Page:
    """One page of an answer.

    A document reference that breaks a rule of FHIR counts all the same, with the remark
    `invalid_entries`: a date without a zone somewhere in it is no reason to miss it. `incomplete`
    says that the server reports an error beside what it found.

    Raises:
        NotFhir: it is no searchset.
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
    )


def is_about(self_url: str | None, names: Iterable[str]) -> bool:
    """Whether the server used the parameters with these names, as far as it says.

    A self link that names no parameter says nothing: after a POST some servers leave them out.
    """
    pairs = parse_qsl(urlsplit(self_url or "").query, keep_blank_values=True)
    used = {_plain(name) for name, _ in pairs if not name.startswith("_")}
    return not used or used >= {_plain(name) for name in names}


def _plain(name: str) -> str:
    """`subject:Patient.family` is another way to write `patient.family`."""
    return re.sub(r"^subject\b", "patient", _MODIFIER.sub("", name))


def _take_out_resources(answer: Any) -> list[dict[str, Any]]:  # noqa: ANN401 - what JSON holds
    """The matches and outcomes of a bundle, taken out of it, to be judged one by one."""
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
