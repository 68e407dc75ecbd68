"""The rate of requests: a limit in every second, for all runs together."""

import asyncio
import threading
from itertools import pairwise
from time import monotonic

import pytest

from assets.document_queries.send import Pace
from tests.fhir import Reply, searchset

LATE = 0.25
"""Seconds by which a busy machine may note one request later than the next ones."""


def most_within(endpoint, seconds):
    times = sorted(asked.at for asked in endpoint.asked)
    return max(sum(start <= at < start + seconds for at in times) for start in times)


def test_no_second_sees_more_requests_than_allowed(harbor, endpoint):
    imported = harbor.has(*(f"Ada{number}" for number in range(40)))
    harbor.asks(imported, fhir_requests_per_second=20)
    assert len(endpoint.asked) == 40
    assert most_within(endpoint, 1.0) <= 20 * (1.0 + LATE) + 1


def test_pages_and_retries_count_as_requests(harbor, endpoint):
    def in_pages(asked):
        if asked.method == "GET":
            return searchset(1)
        if len(endpoint.asked) == 1:
            return Reply(status=503)
        return searchset(1, links={"next": f"{endpoint.url}/page"})

    endpoint.reply = in_pages
    harbor.asks(harbor.has("Ada", "Ben", "Cleo"), fhir_requests_per_second=10)
    assert len(endpoint.asked) == 7
    times = sorted(asked.at for asked in endpoint.asked)
    assert times[-1] - times[0] >= 6 * 0.1 - LATE


def test_a_late_request_is_not_followed_by_a_burst():
    async def turns():
        pace, times = Pace(100), []
        for number in range(10):
            assert await pace.turn(monotonic() + 10)
            times.append(monotonic())
            if number == 3:
                await asyncio.sleep(0.2)
        return times

    times = asyncio.run(turns())
    assert all(later - earlier >= 0.01 for earlier, later in pairwise(times))


def test_a_hold_also_delays_waiting_requests():
    async def turns():
        pace = Pace(10)
        assert await pace.turn(monotonic() + 1)
        waiting = [asyncio.create_task(pace.turn(monotonic() + 1)) for _ in range(3)]
        await asyncio.sleep(0.01)
        pace.hold(60)
        return await asyncio.gather(*waiting)

    assert asyncio.run(turns()) == [False, False, False]


@pytest.mark.parametrize("concurrency", [1, 3])
def test_no_more_requests_are_under_way_than_allowed(harbor, endpoint, concurrency):
    endpoint.reply = lambda _: Reply(searchset().body, hang=0.05)
    imported = harbor.has(*(f"Ada{number}" for number in range(9)))
    harbor.asks(imported, fhir_concurrency=concurrency)
    assert endpoint.most_at_once == concurrency


def test_of_two_runs_only_one_sends(harbor, endpoint):
    endpoint.reply = lambda _: Reply(searchset().body, hang=0.1)
    first, second = harbor.has("Ada", "Ben", "Cleo"), harbor.has("Dan")
    sending = threading.Thread(target=harbor.asks, args=(first,), kwargs={"fhir_concurrency": 1})
    sending.start()
    while not endpoint.asked:
        sending.join(0.01)
    report = harbor.asks(second)
    assert (report.figures["planned"], report.figures["still open"]) == (1, 1)
    assert "Dan" not in endpoint.names
    sending.join()
    assert harbor.progress(first).state == "settled"
    # The other run continues later by itself.
    assert harbor.progress(second).state == "open"
    harbor.asks(second)
    assert endpoint.names[-1] == "Dan"


def test_a_run_ends_in_time_and_leaves_the_rest_to_the_next(harbor, endpoint):
    imported = harbor.has(*(f"Ada{number}" for number in range(20)))
    report = harbor.asks(imported, seconds=1, fhir_requests_per_second=5)
    assert 1 <= len(endpoint.asked) <= 6
    assert report.figures["still open"] == 20 - len(endpoint.asked)
    assert report.seconds < 15
    harbor.asks(imported)
    assert len(set(endpoint.names)) == len(endpoint.names) == 20
