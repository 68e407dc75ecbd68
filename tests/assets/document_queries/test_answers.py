"""Answers of the endpoint: the number of documents, the next page, and faults."""

import json
import sys
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.document_queries.answers import NotFhir, Page, is_about, judge_status, read_page
from tests.fhir import document, searchset

WORDS = st.sampled_from(
    ["resourceType", "type", "entry", "resource", "link", "relation", "url", "search", "mode",
     "issue", "severity", "total"]
)  # fmt: skip
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=4),
    max_leaves=12,
)
OUTCOME = {"resourceType": "OperationOutcome", "issue": [{"severity": "error", "code": "timeout"}]}


def entry(resource, mode="match"):
    return {"resource": resource, "search": {"mode": mode}}


@pytest.mark.parametrize(
    ("reply", "page"),
    [
        (searchset(0), Page(0, None, None, None)),
        (searchset(2), Page(2, None, None, None)),
        (searchset(1, total=7), Page(1, None, None, None)),
        (
            searchset(1, links={"self": "https://f/x?a=1", "next": "https://f/x?page=2"}),
            Page(1, "https://f/x?page=2", "https://f/x?a=1", None),
        ),
        # A resource that is included along with the matches is not a match.
        (
            searchset(entry=[entry(document()), entry(document(), "include")]),
            Page(1, None, None, None),
        ),
        (searchset(entry=[{"resource": document()}]), Page(1, None, None, None)),
        (searchset(entry=[entry({"resourceType": "Patient"})]), Page(0, None, None, None)),
        # A document with a fault counts, with a remark.
        (
            searchset(entry=[entry(document(date="2020-01-01T00:00:00")), entry(document())]),
            Page(2, None, None, "invalid_entries"),
        ),
        (searchset(entry=[entry(document(colour="red"))]), Page(1, None, None, "invalid_entries")),
        # One of several archives behind the endpoint did not answer.
        (
            searchset(entry=[entry(document()), entry(OUTCOME, "outcome")]),
            Page(1, None, None, "incomplete"),
        ),
    ],
)
def test_a_searchset_is_read(reply, page):
    assert replace(read_page(reply.body), documents=()) == page


def test_of_valid_references_is_kept_what_they_are_and_where():
    attachment = {"contentType": "text/xml", "url": "https://fhir.example/Binary/1", "data": "QQ=="}
    whole = document(
        id="d-1",
        date="2026-03-04T10:00:00Z",
        description="Summary",
        content=[{"attachment": attachment}],
        author=[{"display": "Dr. Sample"}],
    )
    broken = document(date="no date")
    page = read_page(searchset(entry=[entry(whole), entry(broken)]).body)
    (kept,) = page.documents
    assert (page.found, page.remark) == (2, "invalid_entries")
    assert kept == {
        "resourceType": "DocumentReference",
        "id": "d-1",
        "status": "current",
        "date": "2026-03-04T10:00:00Z",
        "description": "Summary",
        "content": [{"attachment": {"contentType": "text/xml", "url": attachment["url"]}}],
    }


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"<html>busy</html>",
        b"\xff\xfe",
        b"null",
        b"[]",
        b"7",
        b'{"resourceType": "Bundle"}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": 7}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": [7]}',
        b'{"resourceType": "Bundle", "type": "searchset", "entry": [{"resource": 7}]}',
        b'{"resourceType": "Bundle", "type": "searchset", "link": [{"relation": "next"}]}',
        json.dumps(OUTCOME).encode(),
        searchset(1, type="document").body,
        b"[" * (sys.getrecursionlimit() * 100),
    ],
)
def test_a_body_that_is_no_searchset_differs_from_an_empty_one(body):
    with pytest.raises(NotFhir):
        read_page(body)


@settings(max_examples=60)
@given(JSON)
def test_any_json_is_a_page_or_not_fhir(value):
    start = {"resourceType": "Bundle", "type": "searchset"}
    bundle = start | value if isinstance(value, dict) else value
    for each in (value, bundle, {**start, "entry": value}, {**start, "entry": [value]}):
        with suppress(NotFhir):
            assert read_page(json.dumps(each).encode()).found >= 0


NAMES = ("patient.family", "patient.birthdate", "status")
BASE = "https://fhir.example/r4/DocumentReference"


@pytest.mark.parametrize(
    ("self_url", "answers"),
    [
        (f"{BASE}?patient.family=a&patient.birthdate=1980&status=current", True),
        (f"{BASE}?patient:Patient.family=a&patient.birthdate=1980&status=current&_count=5", True),
        (f"{BASE}?subject:Patient.family=a&subject.birthdate=1980&status=current", True),
        (f"{BASE}?patient.family:exact=a&patient.birthdate=&status=current", True),
        (f"{BASE}?status=current", False),
        (f"{BASE}?patient.family=a&status=current", False),
        # These links do not say which parameters were used.
        (None, True),
        (f"{BASE}/_search", True),
        (f"{BASE}?_getpages=0a1b&_count=20", True),
    ],
)
def test_the_self_link_shows_whether_all_parameters_were_used(self_url, answers):
    assert is_about(self_url, NAMES) is answers


@pytest.mark.parametrize("status", [400, 406, 409, 410, 413, 414, 422])
def test_a_status_about_the_search_is_final(status):
    assert judge_status(status, 0.0).verdict == "refused"


@pytest.mark.parametrize("status", [202, 204, 301, 401, 403, 404, 405, 408, 415, 429, 500, 503])
def test_a_status_about_the_endpoint_is_not(status):
    answer = judge_status(status, 3.0)
    assert (answer.verdict, answer.reason, answer.retry_after) == ("unwell", f"http_{status}", 3.0)
