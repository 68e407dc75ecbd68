"""Bans: what is counted, when a try is judged no more, whom that concerns, and when it ends."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from registry.accounts.accounts import add_account
from registry.accounts.activity_log import AccessEvent, list_events
from registry.accounts.bans import (
    begin_try,
    forget_old_tries,
    list_bans,
    network_of,
    note_failure,
    note_known,
    note_success,
    unban,
)
from registry.database.connections import connect
from registry.settings import Settings

HERE, THERE, ELSEWHERE = "203.0.113.7", "198.51.100.9", "192.0.2.5"
LIMIT, SPREAD_LIMIT = 3, 7


@pytest.fixture
def limits():
    return Settings(
        sftp_max_failures=LIMIT,
        sftp_max_spread_failures=SPREAD_LIMIT,
        sftp_ban_minutes=10,
        sign_in_max_guesses=LIMIT,
        sign_in_lock_minutes=10,
    )


@pytest.fixture
def guess(connection, limits):
    """Wrong passwords; gives how many of them were judged."""

    def guess(times=1, address=HERE, user="ada", kind="sftp_password"):
        judged = 0
        for _ in range(times):
            attempt = begin_try(connection, limits, kind, address=address, user_name=user)
            if attempt is not None:
                judged += 1
                event = AccessEvent("sign_in", refused=True, user_name=user, address=address)
                note_failure(connection, attempt, event)
                connection.commit()
        return judged

    return guess


@pytest.fixture
def signs_in(connection, limits):
    """Whether the right password would be judged, and then it is."""

    def sign_in(address=HERE, user="ada", kind="sftp_password"):
        attempt = begin_try(connection, limits, kind, address=address, user_name=user)
        if attempt is not None:
            note_success(connection, attempt)
            connection.commit()
        return attempt is not None

    return sign_in


def earlier(connection, minutes):
    """Let everything so far have happened that long ago."""
    connection.execute(
        "UPDATE sign_in_count SET began_at = began_at - make_interval(mins => %(minutes)s),"
        " last_at = last_at - make_interval(mins => %(minutes)s),"
        " signed_in_at = signed_in_at - make_interval(mins => %(minutes)s)",
        {"minutes": minutes},
    )
    connection.commit()


class TestABan:
    def test_follows_from_too_many_failures_and_not_before(self, guess, signs_in):
        assert guess(LIMIT - 1) == LIMIT - 1
        assert signs_in()
        assert guess(LIMIT + 5) == LIMIT
        assert not signs_in()

    def test_is_of_the_address_and_the_user_together(self, guess, signs_in):
        guess(LIMIT)
        assert not signs_in()
        assert signs_in(address=THERE)
        assert signs_in(user="grace")

    def test_counts_passwords_keys_and_the_portal_apart(self, guess, signs_in):
        guess(LIMIT, kind="sftp_key")
        assert not signs_in(kind="sftp_key")
        assert signs_in(kind="sftp_password")
        assert signs_in(kind="portal_password")

    def test_expires_although_guesses_go_on(self, connection, guess, signs_in):
        guess(LIMIT)
        earlier(connection, 9)
        assert guess(20) == 0
        assert not signs_in()
        earlier(connection, 2)
        assert guess(LIMIT - 1) == LIMIT - 1
        assert signs_in()

    def test_does_not_follow_from_failures_of_long_ago(self, connection, guess, signs_in):
        guess(LIMIT - 1)
        earlier(connection, 11)
        guess()
        assert signs_in()

    def test_does_not_follow_from_many_good_sign_ins(self, signs_in):
        assert all(signs_in() for _ in range(3 * SPREAD_LIMIT))

    def test_is_said_once_with_its_reason(self, connection, guess, limits):
        guess(LIMIT + 4)
        (ban,) = list_bans(connection, limits)
        assert (ban.address, ban.user_name, ban.tries) == (HERE, "ada", LIMIT)
        (said,) = [each for each in list_events(connection) if each.action == "ban"]
        assert (said.address, said.user_name, said.detail) == (
            HERE, "ada", f"{LIMIT} wrong passwords",
        )  # fmt: skip

    @pytest.mark.parametrize("lifted", [{"address": HERE}, {"user": "ada"}])
    def test_that_an_operator_lifts_is_lifted_and_failures_count_anew(
        self, connection, guess, limits, lifted
    ):
        guess(LIMIT)
        unban(connection, **lifted)
        assert list_bans(connection, limits) == []
        assert guess(LIMIT + 1) == LIMIT

    def test_of_one_is_not_lifted_by_that_of_another(self, connection, guess, signs_in):
        guess(LIMIT)
        unban(connection, address=THERE)
        unban(connection, user="grace")
        assert not signs_in()

    def test_of_a_user_called_like_an_address_is_no_ban_of_the_address(self, guess, signs_in):
        for number in range(SPREAD_LIMIT):
            guess(address=f"203.0.113.{number}", user=THERE)
        assert signs_in(address=THERE, user="grace")


class TestSpreadGuesses:
    def test_of_one_address_over_many_users_are_judged_a_limited_number_of_times(
        self, guess, signs_in
    ):
        assert sum(guess(user=f"user{number}") for number in range(20)) == SPREAD_LIMIT
        assert not signs_in(user="grace")
        assert signs_in(address=THERE, user="user0")

    def test_of_one_user_over_many_addresses_are_judged_a_limited_number_of_times(
        self, guess, signs_in
    ):
        tried = sum(guess(address=f"192.0.2.{number}") for number in range(20))
        assert tried == SPREAD_LIMIT
        assert not signs_in(address=THERE)
        assert signs_in(address=THERE, user="grace")

    def test_do_not_keep_users_from_where_they_signed_in_before(self, guess, signs_in):
        assert signs_in(address=HERE, user="ada")
        for number in range(20):
            guess(address=f"192.0.2.{number}", user="ada")
            guess(address=HERE, user=f"user{number}")
        assert signs_in(address=HERE, user="ada")

    def test_of_a_banned_pair_do_not_fill_the_counts_of_its_user(self, guess, signs_in):
        guess(100)
        assert signs_in(address=THERE)

    def test_are_not_hidden_by_good_sign_ins_among_them(self, guess, signs_in):
        judged = 0
        for number in range(20):
            judged += guess(user=f"user{number}")
            signs_in(user="mallory")
        assert judged == SPREAD_LIMIT

    def test_are_forgiven_to_an_address_by_which_nobody_came_for_long(
        self, connection, guess, signs_in
    ):
        assert signs_in()
        earlier(connection, 31 * 24 * 60)
        for number in range(20):
            guess(user=f"user{number}")
        assert not signs_in()


class TestAtThePortal:
    @pytest.mark.parametrize("kind", ["portal_code", "portal_link"])
    def test_codes_and_links_are_limited_for_the_user_over_all_addresses(
        self, guess, signs_in, kind
    ):
        tried = [guess(address=f"192.0.2.{number}", kind=kind) for number in range(LIMIT + 2)]
        assert tried == [1] * LIMIT + [0, 0]
        assert not signs_in(address=THERE, kind=kind)
        assert signs_in(address=THERE, kind=kind, user="grace")

    def test_codes_of_a_user_begin_anew_everywhere_after_a_right_one(self, guess, signs_in):
        for address in (HERE, THERE):
            guess(address=address, kind="portal_code")
        assert signs_in(address=ELSEWHERE, kind="portal_code")
        assert guess(LIMIT + 1, address=THERE, kind="portal_code") == LIMIT - 1

    def test_a_text_that_is_no_name_counts_for_its_address_only(self, connection, guess):
        assert guess(user="", kind="portal_password") == 1
        kept = connection.execute("SELECT address, user_name FROM sign_in_count").fetchall()
        assert kept == [(HERE, "")]

    def test_who_proves_who_they_are_by_mail_comes_in_where_an_attack_closed_the_door(
        self, connection, guess, signs_in
    ):
        guess(LIMIT, kind="portal_password")
        for number in range(10 * LIMIT):
            guess(address=f"192.0.2.{number}", kind="portal_password")
        assert not signs_in(kind="portal_password")
        note_known(connection, "portal_password", address=HERE, user_name="ada")
        assert signs_in(kind="portal_password")
        assert not signs_in(address=THERE, kind="portal_password")

    def test_its_bans_are_listed_and_lifted_like_those_of_sftp(
        self, connection, guess, signs_in, limits
    ):
        guess(LIMIT, kind="portal_password")
        guess(LIMIT, kind="sftp_password")
        assert {each.kind for each in list_bans(connection, limits)} == {
            "portal_password",
            "sftp_password",
        }
        assert [each.kind for each in list_bans(connection, limits, kind="portal_password")] == [
            "portal_password"
        ]
        unban(connection, user="ada")
        assert signs_in(kind="portal_password")

    def test_a_ban_is_in_the_log_of_the_users_account_and_that_of_an_address_is_not(
        self, connection, limits
    ):
        account = add_account(connection, "clinic", "thoroughcare").id
        connection.commit()
        for number in range(10 * LIMIT):
            name = f"user{number // LIMIT}"
            attempt = begin_try(connection, limits, "portal_password", address=HERE, user_name=name)
            note_failure(connection, attempt, AccessEvent("sign_in", account, name, HERE))
            connection.commit()
        bans = [each for each in list_events(connection) if each.action == "ban"]
        assert {each.account_id for each in bans if each.user_name} == {account}
        assert [each.account_id for each in bans if not each.user_name] == [None]


def test_many_who_sign_in_at_once_wait_for_each_other_and_never_for_good(database, limits):
    plenty = limits.model_copy(update={"sftp_max_failures": 1_000, "sftp_max_spread_failures": 999})

    def sign_in(number: int) -> None:
        with connect(database) as own:
            own.autocommit = True
            attempt = begin_try(
                own,
                plenty,
                "sftp_password",
                address=f"192.0.2.{number % 2}",
                user_name=f"user{number % 3}",
            )
            with own.transaction():
                note_success(own, attempt)

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(sign_in, range(120)))
    with connect(database) as own:
        assert own.execute("SELECT DISTINCT tries FROM sign_in_count").fetchall() == [(0,)]


@pytest.mark.parametrize("autocommit", [False, True], ids=["sftp", "the portal's pool"])
def test_guesses_at_the_same_time_are_judged_no_more_often(
    database, connection, limits, autocommit
):
    connection.commit()

    def one(_):
        with connect(database) as own:
            own.autocommit = autocommit
            return begin_try(own, limits, "sftp_password", address=HERE, user_name="ada")

    with ThreadPoolExecutor(16) as pool:
        judged = [each for each in pool.map(one, range(80)) if each is not None]
    assert len(judged) == LIMIT
    (counted,) = connection.execute(
        "SELECT max(tries) FROM sign_in_count WHERE address = '' OR user_name = ''"
    ).fetchone()
    assert counted == LIMIT


def test_counts_that_say_nothing_are_forgotten(connection, guess, signs_in, limits):
    guess(user="stranger", address=THERE)
    signs_in()
    earlier(connection, 11)
    guess(address=ELSEWHERE)
    forget_old_tries(connection, limits)
    kept = connection.execute(
        "SELECT address, user_name FROM sign_in_count WHERE address <> '' AND user_name <> ''"
    ).fetchall()
    assert sorted(kept) == [(ELSEWHERE, "ada"), (HERE, "ada")]


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("203.0.113.7", "203.0.113.7"),
        ("2001:db8::7", "2001:db8::/64"),
        ("2001:db8:0:0:ffff::1", "2001:db8::/64"),
        ("::ffff:203.0.113.7", "203.0.113.7"),
        ("fe80::1%eth0", "fe80::/64"),
        ("unknown", "unknown"),
    ],
)
def test_one_subscriber_is_one_address(address, network):
    assert network_of(address) == network
