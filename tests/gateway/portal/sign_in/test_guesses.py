"""Attacks on passwords: many guesses, at once, from many addresses, behind made-up headers."""

from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from tests.gateway.portal.conftest import PASSWORD, serving
from tests.gateway.portal.sessions import ADA, sign_in

pytestmark = pytest.mark.usefixtures("clinic")

WRONG = "wrong-horse-battery"


@pytest.fixture
def strict(portal):
    """A portal that locks out after two guesses."""
    with serving(portal, sign_in_max_guesses=2) as own:
        yield own


def guess(settings, *, name=ADA, password=WRONG, at="127.0.0.1", headers=None):
    with httpx.Client(
        base_url=settings.api_url, transport=httpx.HTTPTransport(local_address=at), timeout=60
    ) as client:
        form = {"name": name, "password": password}
        return client.post("/sign-in", data=form, headers=headers).status_code


def test_of_many_guesses_at_once_no_more_than_allowed_are_judged(portal):
    passwords = [WRONG] * 30 + [PASSWORD]
    with ThreadPoolExecutor(31) as threads:
        answers = Counter(threads.map(lambda each: guess(portal, password=each), passwords))
    # The right one may be among those that were judged, and then the count starts anew.
    assert answers[401] <= 2 * portal.sign_in_max_guesses
    assert answers[429] >= 30 - 2 * portal.sign_in_max_guesses
    with ThreadPoolExecutor(31) as threads:
        answers = Counter(threads.map(lambda _: guess(portal, at="127.0.0.9"), range(31)))
    assert answers == {401: portal.sign_in_max_guesses, 429: 31 - portal.sign_in_max_guesses}


def test_guesses_at_one_address_lock_the_user_out_there_and_nowhere_else(strict):
    for _ in range(2):
        assert guess(strict, at="127.0.0.6") == 401
    for _ in range(30):
        assert guess(strict, at="127.0.0.6") == 429
    assert guess(strict, at="127.0.0.6", password=PASSWORD) == 429
    assert guess(strict, at="127.0.0.6", name="viewer@clinic.test", password=PASSWORD) == 303
    assert guess(strict, at="127.0.0.7", password=PASSWORD) == 303


def test_an_attack_from_many_addresses_leaves_the_owner_where_they_are_known(strict):
    assert guess(strict, at="127.0.0.2", password=PASSWORD) == 303
    attack = [guess(strict, at=f"127.0.1.{each}") for each in range(1, 31)]
    assert attack == [401] * 20 + [429] * 10
    assert guess(strict, at="127.0.0.3", password=PASSWORD) == 429
    assert guess(strict, at="127.0.0.2", password=PASSWORD) == 303
    assert guess(strict, at="127.0.0.3", name="viewer@clinic.test", password=PASSWORD) == 303


def test_one_address_cannot_try_one_password_on_everybody(strict):
    names = [f"user{number}@clinic.test" for number in range(30)]
    answers = [guess(strict, name=name, at="127.0.0.8") for name in names]
    assert answers == [401] * 20 + [429] * 10
    assert guess(strict, at="127.0.0.8", password=PASSWORD) == 429
    assert guess(strict, at="127.0.0.2", password=PASSWORD) == 303


def test_those_who_sign_in_from_one_address_do_not_lock_each_other_out(strict):
    for _ in range(25):
        assert guess(strict, at="127.0.0.2", password=PASSWORD) == 303


def test_a_lock_ends_by_itself_and_further_guesses_do_not_prolong_it(strict, connection):
    for _ in range(10):
        guess(strict)
    assert guess(strict, password=PASSWORD) == 429
    connection.execute(
        "UPDATE sign_in_count SET last_at = last_at - make_interval(secs => %s)",
        (60 * strict.sign_in_lock_minutes,),
    )
    connection.commit()
    assert guess(strict, password=PASSWORD) == 303


def test_an_address_that_a_client_makes_up_does_not_help(strict, connection):
    made_up = [{"x-forwarded-for": f"198.51.100.{each}"} for each in range(10)]
    answers = [guess(strict, headers=each) for each in made_up]
    assert answers == [401] * 2 + [429] * 8
    kept = connection.execute("SELECT DISTINCT address FROM access_event").fetchall()
    assert kept == [("127.0.0.1",)]


def test_only_a_trusted_proxy_says_where_a_client_is(portal, connection):
    with serving(portal, sign_in_max_guesses=2, trusted_proxies=("127.0.0.5/32",)) as own:
        # The client's own header stands before what the proxy adds, in one line or in two.
        behind = [[("x-forwarded-for", f"198.51.100.{each}, 203.0.113.7")] for each in range(2)] + [
            [("x-forwarded-for", "198.51.100.9"), ("x-forwarded-for", "203.0.113.7")]
        ]
        answers = [guess(own, at="127.0.0.5", headers=each) for each in behind]
        assert answers == [401, 401, 429]
        headers = {"x-forwarded-for": "203.0.113.8"}
        assert guess(own, at="127.0.0.5", headers=headers, password=PASSWORD) == 303
        assert guess(own, at="127.0.0.2", headers={"x-forwarded-for": "203.0.113.7"}) == 401
    kept = connection.execute("SELECT address FROM access_event ORDER BY id").fetchall()
    assert [each for (each,) in kept] == [
        *("203.0.113.7", "203.0.113.7", "203.0.113.7", "203.0.113.8", "127.0.0.2")
    ]


def test_text_that_is_no_name_is_not_kept_with_the_guesses(browse, connection):
    sign_in(browse(), name="right-horse-battery", password="")
    kept = connection.execute("SELECT user_name, address FROM sign_in_count").fetchall()
    assert kept == [("", "127.0.0.1")]
