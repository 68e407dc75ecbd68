"""Calls of a key are counted for all API processes, and no restart gives it more of them."""

import re
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from shutil import which

import httpx
import pytest

from gateway.api.rate_limits import Allowance, DatabaseLimiter, StoreLimiter, limiter_of
from registry.accounts.accounts import add_account
from registry.accounts.api_keys import add_key, hash_of, revoke_key
from registry.accounts.call_counts import TakenCalls, take_calls
from registry.database.connections import connect
from tests.gateway.api.conftest import calling, serving
from tests.ports import free_port
from tests.waiting import eventually

NOBODY = hash_of("rl_nobody")


@pytest.fixture
def registry(database) -> Iterator:
    """A connection in autocommit, as the API's pool has them."""
    with connect(database) as own:
        own.autocommit = True
        yield own


@pytest.fixture
def keys(registry) -> list[str]:
    """The hashes of two keys."""
    account = add_account(registry, "harbor", "metriport")
    now = datetime.now(UTC)
    return [hash_of(add_key(registry, account, name, "full", now)[1]) for name in ("a", "b")]


@pytest.fixture
def key(keys) -> str:
    return keys[0]


def a_minute_passes(connection, minutes=1):
    connection.execute("UPDATE call_count SET minute = minute - %s", (minutes,))


def granted(limiter, connection, key, times):
    return sum(limiter.count(connection, key).allowed for _ in range(times))


def test_calls_beyond_the_limit_are_not_allowed(registry, key):
    limiter = DatabaseLimiter(3)
    counted = [limiter.count(registry, key) for _ in range(5)]
    assert [each.allowed for each in counted] == [True, True, True, False, False]
    assert [each.remaining for each in counted] == [2, 1, 0, 0, 0]


def test_each_key_has_its_own_limit(registry, keys):
    limiter = DatabaseLimiter(1)
    assert limiter.count(registry, keys[0]).allowed
    assert limiter.count(registry, keys[1]).allowed
    assert not limiter.count(registry, keys[0]).allowed


def test_what_is_no_valid_key_is_not_counted(registry):
    limiter = DatabaseLimiter(1)
    assert limiter.count(registry, NOBODY) is None
    account = add_account(registry, "bay", "metriport")
    _, secret = add_key(registry, account, "gone", "full", datetime.now(UTC))
    revoke_key(registry, account, "gone", datetime.now(UTC))
    assert limiter.count(registry, hash_of(secret)) is None
    assert registry.execute("SELECT count(*) FROM call_count").fetchone() == (0,)


@pytest.mark.parametrize("limit", [3, 60, 1200])
def test_a_restart_gives_a_key_no_further_calls(registry, key, limit):
    first = granted(DatabaseLimiter(limit), registry, key, limit + 5)
    assert first == limit
    assert granted(DatabaseLimiter(limit), registry, key, 5) == 0


@pytest.mark.parametrize("limit", [7, 60, 1200])
def test_processes_together_never_get_more_than_the_limit_and_hardly_less(registry, key, limit):
    several = [DatabaseLimiter(limit) for _ in range(3)]
    got = sum(
        several[turn % 3].count(registry, key).allowed for turn in range(limit + limit // 2 + 3)
    )
    assert limit - 3 * max(0, limit // 60 - 1) <= got <= limit


def test_calls_at_the_same_time_are_counted_each(database, key):
    limiter = DatabaseLimiter(600)

    def call(_) -> int:
        with connect(database) as own:
            own.autocommit = True
            return granted(limiter, own, key, 100)

    with ThreadPoolExecutor(8) as threads:
        got = sum(threads.map(call, range(8)))
    assert 590 <= got <= 600


def test_the_window_slides(registry, key):
    assert take_calls(registry, key, 100, 100).granted == 100
    a_minute_passes(registry)
    taken = take_calls(registry, key, 100, 100)
    assert taken.calls_before == 100
    # What the minute before still weighs falls evenly from all to nothing.
    assert abs(taken.granted - 100 * taken.seconds / 60) <= 2
    a_minute_passes(registry, 2)
    assert take_calls(registry, key, 100, 100).granted == 100


def test_a_clock_that_is_behind_does_not_begin_a_minute_anew(registry, key):
    take_calls(registry, key, 100, 100)
    a_minute_passes(registry, -1)  # another machine was ahead
    assert take_calls(registry, key, 1, 100).granted == 0


def test_a_slow_caller_gets_all_calls_of_the_limit(registry, key):
    limiter = DatabaseLimiter(1200, clock=count(0, 2).__next__)  # seconds lie between two calls
    assert granted(limiter, registry, key, 1300) == 1200


def test_a_key_that_calls_often_costs_few_statements(registry, key):
    class Counting:
        statements = 0

        def execute(self, *given):
            self.statements += 1
            return registry.execute(*given)

    counting = Counting()
    assert granted(DatabaseLimiter(12_000), counting, key, 2_000) == 2_000
    assert counting.statements < 40
    refused = DatabaseLimiter(12_000)
    take_calls(registry, key, 12_000, 12_000)
    counting.statements = 0
    assert granted(refused, counting, key, 2_000) == 0
    assert counting.statements < 10


@pytest.mark.parametrize(
    ("calls", "before", "seconds", "until"),
    [
        (5, 0, 30, 0),  # there is room
        (10, 0, 30, 36),  # the minute ends, then a tenth of it has to pass
        (4, 10, 30, 0),  # 4 + 10 * 0.5 is 9
        (5, 10, 30, 6),  # 5 + 10 * (24 / 60) is 9
        (0, 20, 0, 33),  # 20 * (27 / 60) is 9
    ],
)
def test_how_long_it_takes_until_the_next_call(calls, before, seconds, until):
    assert TakenCalls(0, calls, before, seconds).seconds_until_one(10) == pytest.approx(until)


def test_the_reset_is_never_now_and_within_two_minutes(registry, key):
    limiter = DatabaseLimiter(1)
    for _ in range(3):
        assert 1 <= limiter.count(registry, key).reset_seconds <= 120


@pytest.mark.parametrize("per_minute", [1, 600])
def test_headers_show_limit_rest_and_reset(per_minute):
    headers = Allowance(allowed=True, remaining=0, reset_seconds=7, per_minute=per_minute).headers
    assert headers == {
        "RateLimit-Policy": f'"key";q={per_minute};w=60',
        "RateLimit": '"key";r=0;t=7',
    }


def test_headers_of_a_call_follow_the_draft(registry, key):
    headers = DatabaseLimiter(60).count(registry, key).headers
    assert re.fullmatch(r'"key";r=59;t=\d{1,2}', headers["RateLimit"])


def test_a_limit_holds_over_several_servers_and_a_restart(database, connection, account):
    with (
        serving(database, requests_per_minute=9) as first,
        serving(database, requests_per_minute=9) as second,
        calling(first, connection, account) as client,
    ):
        headers = dict(client.headers)
        urls = [f"{each.api_url}/settings" for each in (first, second)]
        statuses = [httpx.get(urls[n % 2], headers=headers).status_code for n in range(12)]
        assert statuses == [200] * 9 + [429] * 3
    with serving(database, requests_per_minute=9) as third:
        answer = httpx.get(f"{third.api_url}/settings", headers=headers)
        assert answer.status_code == 429
        assert 1 <= int(answer.headers["retry-after"]) <= 120


@contextmanager
def redis_server(port: int, folder) -> Iterator[subprocess.Popen]:
    """Debian's redis-server, which keeps nothing on disk."""
    command = ["redis-server", "--port", str(port), "--bind", "127.0.0.1", "--save", "",
               "--appendonly", "no", "--dir", str(folder)]  # fmt: skip
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        try:
            eventually(lambda: _answers(port))
            yield running
        finally:
            running.terminate()


def _answers(port: int) -> bool:
    try:
        with socket.create_connection(("127.0.0.1", port), 1) as own:
            own.sendall(b"PING\r\n")
            return own.recv(16).startswith(b"+PONG")
    except OSError:
        return False


@pytest.mark.skipif(which("redis-server") is None, reason="Debian's redis-server is not installed")
class TestInRedis:
    def test_a_limit_holds_over_several_servers(self, database, connection, account, tmp_path):
        port = free_port()
        changes = {"requests_per_minute": 5, "rate_limit_url": f"redis://127.0.0.1:{port}/0"}
        settings = type(database)(**database.model_dump() | changes)
        with redis_server(port, tmp_path), serving(settings) as one, serving(settings) as other:
            with calling(one, connection, account) as client:
                headers = dict(client.headers)
            urls = [f"{each.api_url}/settings" for each in (one, other)]
            statuses = [httpx.get(urls[n % 2], headers=headers).status_code for n in range(8)]
            assert statuses == [200] * 5 + [429] * 3
            assert httpx.get(urls[0], headers={"x-api-key": "rl_nobody"}).status_code == 401
        counted = connection.execute("SELECT count(*) FROM call_count").fetchone()
        assert counted == (0,)

    def test_while_it_is_away_calls_are_counted_in_the_database(self, registry, key, tmp_path):
        port = free_port()
        limiter = StoreLimiter(f"redis://127.0.0.1:{port}/0", DatabaseLimiter(3))
        with redis_server(port, tmp_path):
            assert granted(limiter, registry, key, 5) == 3
        assert granted(limiter, registry, key, 5) == 3

    def test_a_setting_chooses_it(self, database):
        assert isinstance(limiter_of(database), DatabaseLimiter)
        url = "redis://127.0.0.1:1/0"
        chosen = type(database)(**database.model_dump() | {"rate_limit_url": url})
        assert isinstance(limiter_of(chosen), StoreLimiter)
