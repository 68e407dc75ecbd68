import re

import pytest

from gateway.api.rate_limits import Allowance, Limiter


def test_calls_beyond_the_limit_are_not_allowed():
    limiter = Limiter(3)
    counted = [limiter.count("key") for _ in range(5)]
    assert [each.allowed for each in counted] == [True, True, True, False, False]
    assert [each.remaining for each in counted] == [2, 1, 0, 0, 0]


def test_each_key_has_its_own_limit():
    limiter = Limiter(1)
    assert limiter.count("first").allowed
    assert limiter.count("second").allowed
    assert not limiter.count("first").allowed


def test_the_reset_is_within_the_minute_and_never_now():
    limiter = Limiter(1)
    for _ in range(3):
        assert 1 <= limiter.count("key").reset_seconds <= 60


@pytest.mark.parametrize("per_minute", [1, 600])
def test_headers_show_limit_rest_and_reset(per_minute):
    headers = Allowance(allowed=True, remaining=0, reset_seconds=7, per_minute=per_minute).headers
    assert headers == {
        "RateLimit-Policy": f'"key";q={per_minute};w=60',
        "RateLimit": '"key";r=0;t=7',
    }


def test_headers_of_a_call_follow_the_draft():
    headers = Limiter(60).count("key").headers
    assert re.fullmatch(r'"key";r=59;t=\d{1,2}', headers["RateLimit"])
