"""An endpoint that fails: what is retried, what is not, and when sending pauses."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from time import monotonic

import pytest

from assets.document_queries.send import UNWELL_IN_A_ROW
from registry.documents.dispatch import BACKOFF_SECONDS, MAX_TRIES
from registry.documents.plans import PAUSE_SECONDS
from tests.fhir import Reply, searchset, serving


def in_turn(endpoint, *replies):
    """Answers each request with the next reply, and the last one from then on."""
    endpoint.reply = lambda _: replies[min(len(endpoint.asked), len(replies)) - 1]


def seconds_until_next_try(harbor):
    (seconds,) = harbor.connection.execute(
        "SELECT extract(epoch FROM next_try_at - now()) FROM document_query"
    ).fetchone()
    harbor.connection.commit()
    return float(seconds)


def test_an_error_of_the_server_is_retried_within_the_run(harbor, endpoint):
    in_turn(endpoint, Reply(status=500), searchset(4))
    imported = harbor.has("Ada")
    harbor.asks(imported)
    assert len(endpoint.asked) == 2
    assert endpoint.asked[1].at - endpoint.asked[0].at >= BACKOFF_SECONDS[0] * 0.9
    assert harbor.states() == {"Ada": ("completed", 4, None)}


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=500), "http_500"),
        (Reply(status=502), "http_502"),
        (Reply(status=401), "http_401"),
        (Reply(status=403), "http_403"),
        (Reply(status=404), "http_404"),
        (Reply(b"<html>Sign in</html>"), "not_fhir"),
        (Reply(b'{"resourceType": "Bundle"'), "not_fhir"),
        (Reply(b"not gzip", headers={"content-encoding": "gzip"}), "unreachable"),
        (Reply(status=302, headers={"location": "https://elsewhere.example/"}), "http_302"),
        (Reply(hang=30), "timeout"),
    ],
)
def test_a_fault_of_the_endpoint_is_retried_later(harbor, endpoint, reply, reason):
    endpoint.reply = lambda _: reply
    imported = harbor.has("Ada")
    timeout = 0.2 if reply.hang else 5
    harbor.asks(imported, seconds=1, fhir_timeout_seconds=timeout)
    assert harbor.states() == {"Ada": ("processing", None, reason)}
    assert 0 < seconds_until_next_try(harbor) <= BACKOFF_SECONDS[0]
    progress = harbor.progress(imported)
    assert (progress.status, progress.state) == ("processing", "open")
    endpoint.reply = lambda _: searchset(1)
    harbor.lets_time_pass()
    harbor.asks(imported)
    assert harbor.states() == {"Ada": ("completed", 1, None)}


def test_an_unreachable_endpoint_is_retried_later(harbor):
    harbor.asks(harbor.has("Ada"), seconds=1, fhir_base_url="http://127.0.0.1:1/fhir")
    assert harbor.states() == {"Ada": ("processing", None, "unreachable")}


def test_an_endpoint_without_tls_gets_no_clear_text(harbor, endpoint):
    url = endpoint.url.replace("http:", "https:")
    harbor.asks(harbor.has("Ada"), seconds=1, fhir_base_url=url)
    assert harbor.states() == {"Ada": ("processing", None, "unreachable")}
    assert endpoint.asked == []


def test_a_slow_answer_times_out(harbor, endpoint):
    # Each single byte arrives in time.
    endpoint.reply = lambda _: Reply(searchset().body, drip=0.1)
    began = monotonic()
    harbor.asks(harbor.has("Ada"), seconds=1, fhir_timeout_seconds=0.5)
    assert harbor.states() == {"Ada": ("processing", None, "timeout")}
    assert monotonic() - began < len(searchset().body) * 0.1


@pytest.mark.parametrize(
    ("reply", "reason"),
    [
        (Reply(status=400), "http_400"),
        (Reply(status=422), "http_422"),
        (searchset(links={"next": "https://elsewhere.example/fhir?page=2"}), "other_origin"),
        (searchset(1, links={"self": "https://f.example/x?status=current"}), "parameters_ignored"),
    ],
)
def test_a_refused_search_fails_at_once(harbor, endpoint, reply, reason):
    endpoint.reply = lambda _: reply
    imported = harbor.has("Ada")
    report = harbor.asks(imported)
    assert len(endpoint.asked) == 1
    assert harbor.states() == {"Ada": ("failed", None, reason)}
    assert (report.figures["failed"], report.figures["still open"]) == (1, 0)
    progress = harbor.progress(imported)
    assert (progress.status, progress.state) == ("failed", "settled")


def test_pages_without_end_are_not_followed_for_ever(harbor, endpoint):
    endpoint.reply = lambda _: searchset(1, links={"next": f"{endpoint.url}/more"})
    harbor.asks(harbor.has("Ada"))
    assert harbor.states() == {"Ada": ("failed", None, "too_many_pages")}
    assert len(endpoint.asked) == 50


def test_a_missing_page_repeats_the_search(harbor, endpoint):
    first = searchset(2, links={"next": f"{endpoint.url}/page"})
    in_turn(endpoint, first, Reply(status=410), first, searchset(1))
    harbor.asks(harbor.has("Ada"))
    assert [asked.method for asked in endpoint.asked] == ["POST", "GET", "POST", "GET"]
    assert harbor.states() == {"Ada": ("completed", 3, None)}


def test_after_the_last_try_a_query_has_failed_and_the_import_says_so(harbor, endpoint):
    endpoint.reply = lambda _: Reply(status=401)
    imported = harbor.has("Ada")
    harbor.asks(imported, seconds=0)
    harbor.connection.execute("UPDATE document_query SET tries = %s", (MAX_TRIES - 2,))
    harbor.asks(imported, seconds=1)
    assert harbor.states()["Ada"][0] == "processing"
    assert seconds_until_next_try(harbor) > BACKOFF_SECONDS[-1] * 0.9
    harbor.lets_time_pass()
    harbor.asks(imported)
    assert harbor.states() == {"Ada": ("failed", None, "http_401")}
    assert harbor.progress(imported).status == "failed"
    # A person can repeat it by hand, with the right token.
    endpoint.reply = lambda _: searchset(2)
    harbor.asks(imported, again=True)
    assert harbor.states() == {"Ada": ("completed", 2, None)}


@pytest.mark.dated
class TestRetryAfter:
    def test_retry_after_is_respected(self, harbor, endpoint):
        in_turn(endpoint, Reply(status=429, headers={"retry-after": "3"}), searchset())
        harbor.asks(harbor.has("Ada", "Ben"), fhir_concurrency=1)
        assert sorted(endpoint.names) == ["Ada", "Ada", "Ben"]
        assert endpoint.asked[1].at - endpoint.asked[0].at >= 2.9

    @pytest.mark.parametrize("status", [429, 503])
    def test_a_wait_longer_than_the_run_is_left_to_the_next_run(self, harbor, endpoint, status):
        endpoint.reply = lambda _: Reply(status=status, headers={"retry-after": "600"})
        imported = harbor.has("Ada", "Ben")
        harbor.asks(imported, fhir_concurrency=1)
        assert len(endpoint.asked) == 1
        wait = harbor.progress(imported).due_at - datetime.now(UTC)
        assert timedelta(seconds=570) < wait <= timedelta(seconds=601)

    def test_it_may_be_a_date(self, harbor, endpoint):
        at = datetime.now(UTC) + timedelta(seconds=600)
        headers = {"retry-after": format_datetime(at, usegmt=True)}
        endpoint.reply = lambda _: Reply(status=503, headers=headers)
        harbor.asks(harbor.has("Ada"))
        assert seconds_until_next_try(harbor) > 570

    @pytest.mark.parametrize("given", ["soon", "-5", "nan", "inf", "99999999999", "Mon, 99"])
    def test_an_absurd_value_is_limited(self, harbor, endpoint, given):
        endpoint.reply = lambda _: Reply(status=429, headers={"retry-after": given})
        harbor.asks(harbor.has("Ada"), seconds=1)
        assert 0 < seconds_until_next_try(harbor) <= 3600


class TestPause:
    """If every query fails, the endpoint is at fault."""

    @pytest.fixture
    def many(self, harbor):
        return harbor.has(*(f"Ada{number}" for number in range(30)))

    def test_after_ten_failures_in_a_row_sending_pauses(self, harbor, endpoint, many):
        endpoint.reply = lambda _: Reply(status=401)
        report = harbor.asks(many, fhir_concurrency=2)
        assert UNWELL_IN_A_ROW <= len(endpoint.asked) <= UNWELL_IN_A_ROW + 1
        assert report.figures["endpoint"] == "http_401"
        assert report.figures["failed"] == 0
        progress = harbor.progress(many)
        assert (progress.status, progress.fault) == ("processing", "http_401")
        wait = progress.due_at - datetime.now(UTC)
        assert timedelta(seconds=PAUSE_SECONDS - 30) < wait <= timedelta(seconds=PAUSE_SECONDS)

    def test_when_the_endpoint_works_again_every_query_is_sent(self, harbor, endpoint, many):
        endpoint.reply = lambda _: Reply(status=503)
        harbor.asks(many)
        faults = []

        def well_again(_):
            faults.append(harbor.progress(many).fault)
            return searchset(1)

        endpoint.reply = well_again
        harbor.lets_time_pass()
        report = harbor.asks(many, fhir_concurrency=1)
        assert (report.figures["completed"], report.figures["found"]) == (30, 30)
        assert set(faults) == {None}, "nothing is paused while queries are being sent"
        progress = harbor.progress(many)
        assert (progress.fault, progress.state) == (None, "settled")

    def test_one_answer_in_between_prevents_the_pause(self, harbor, endpoint):
        in_turn(endpoint, *[Reply(status=503)] * 9, searchset(), Reply(status=503))
        imported = harbor.has(*(f"Ada{number}" for number in range(15)))
        report = harbor.asks(imported, seconds=BACKOFF_SECONDS[0], fhir_concurrency=1)
        assert len(endpoint.asked) >= 15
        assert "endpoint" not in report.figures


def test_the_token_is_not_sent_to_another_endpoint(harbor, endpoint):
    with serving() as other:
        endpoint.reply = lambda _: searchset(links={"next": f"{other.url}/page"})
        harbor.asks(harbor.has("Ada"), fhir_token="s3cret")
        assert other.asked == []
