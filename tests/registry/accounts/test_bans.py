"""Bans: when refused sign-ins lead to one, whom it holds for, and when it ends."""

import pytest

from registry.accounts.activity_log import AccessEvent, record
from registry.accounts.bans import is_banned, list_bans, refuse_sign_in, unban
from registry.settings import Settings

HERE, THERE = "203.0.113.7", "198.51.100.9"
LIMIT = 3


@pytest.fixture
def limits():
    return Settings(sftp_max_failures=LIMIT, sftp_ban_minutes=10)


@pytest.fixture
def guess(connection, limits):
    """Wrong passwords; gives what the last one led to."""

    def guess(times=1, address=HERE, user="ada"):
        event = AccessEvent("sign_in", refused=True, user_name=user, address=address)
        return [refuse_sign_in(connection, limits, event) for _ in range(times)][-1]

    return guess


@pytest.fixture
def banned(connection, limits):
    return lambda address=HERE, user="ada": is_banned(
        connection, limits, address=address, user_name=user
    )


def earlier(connection, minutes):
    """Let everything so far have happened that long ago."""
    connection.execute("UPDATE access_event SET at = at - make_interval(mins => %s)", (minutes,))


class TestABan:
    def test_follows_from_too_many_wrong_passwords_and_not_before(self, guess, banned):
        assert guess(LIMIT - 1) == ()
        assert not banned()
        assert guess() == ("address", "user_name")
        assert banned()

    def test_of_an_address_holds_for_every_user_and_of_a_user_from_everywhere(self, guess, banned):
        guess(LIMIT)
        assert banned(user="grace")
        assert banned(address=THERE)
        assert not banned(address=THERE, user="grace")

    def test_of_a_user_follows_although_each_guess_comes_from_elsewhere(self, guess, banned):
        for number in range(LIMIT):
            guess(address=f"203.0.113.{number}")
        assert banned(address=THERE)
        assert not banned(address="203.0.113.0", user="grace")

    def test_of_an_address_follows_although_each_guess_names_another_user(self, guess, banned):
        for number in range(LIMIT):
            guess(user=f"user{number}")
        assert banned(user="grace")
        assert not banned(address=THERE, user="user0")

    def test_expires(self, connection, guess, banned, limits):
        guess(LIMIT)
        earlier(connection, 9)
        assert banned()
        earlier(connection, 2)
        assert not banned()
        assert list_bans(connection, limits) == []
        assert guess(LIMIT - 1) == ()

    def test_does_not_follow_from_guesses_of_long_ago(self, connection, guess, banned):
        guess(LIMIT - 1)
        earlier(connection, 11)
        guess()
        assert not banned()

    def test_does_not_follow_from_what_else_was_refused(self, connection, banned):
        for action in ("upload", "download", "delete"):
            for _ in range(LIMIT):
                record(
                    connection,
                    AccessEvent(action, refused=True, user_name="ada", address=HERE),
                )
        assert not banned()

    def test_is_said_once_with_its_reason(self, connection, guess, limits):
        guess(LIMIT)
        bans = list_bans(connection, limits)
        assert {(each.address, each.user_name, each.detail) for each in bans} == {
            (HERE, None, f"{LIMIT} wrong passwords"),
            (None, "ada", f"{LIMIT} wrong passwords"),
        }

    def test_that_an_operator_lifts_is_lifted_and_guesses_count_anew(
        self, connection, guess, banned, limits
    ):
        guess(LIMIT)
        unban(connection, address=HERE)
        assert not banned(user="grace")
        assert banned(address=THERE)
        unban(connection, user="ada")
        assert not banned()
        assert list_bans(connection, limits) == []
        assert guess(LIMIT - 1) == ()
        assert guess() == ("address", "user_name")

    def test_of_one_is_not_lifted_by_that_of_another(self, connection, guess, banned, limits):
        guess(LIMIT)
        unban(connection, address=THERE)
        unban(connection, user="grace")
        assert banned()
        assert len(list_bans(connection, limits)) == 2

    def test_of_a_user_called_like_an_address_is_no_ban_of_the_address(self, guess, banned):
        for number in range(LIMIT):
            guess(address=f"203.0.113.{number}", user=THERE)
        assert not banned(address=THERE, user="grace")
