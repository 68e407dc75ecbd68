"""Who may sign in, who may not, and what happens to clients that guess passwords."""

import asyncio
import time
from itertools import pairwise

import asyncssh
import pytest

from gateway.passwords import hash_password, verify_password
from registry.accounts import sftp_users
from registry.accounts.activity_log import AccessEvent, list_events
from registry.accounts.bans import begin_try, list_bans, note_failure, unban
from tests.gateway.sftp.customers import PASSWORD, key_of, public, server_thread
from tests.waiting import eventually

WRONG = "wrong-horse-battery"
FROM_HERE = "127.0.0.1"


@pytest.fixture
def sign_in(call, acme):
    """Whether a user can sign in."""

    def attempt(user="ada", password=PASSWORD, **how):
        try:
            call(acme, user=user, password=password, **how)
        except asyncssh.PermissionDenied:
            return False
        return True

    return attempt


@pytest.fixture
def knock(acme):
    """Whether each user can sign in; all at once, because a wrong password takes a second."""

    async def attempt(user="ada", password=PASSWORD, **how):
        try:
            line = await asyncssh.connect(
                "127.0.0.1", acme.settings.sftp_port, username=user, password=password,
                **{"known_hosts": None, "client_keys": None, "agent_path": None, **how},
            )  # fmt: skip
        except asyncssh.Error:
            return False
        line.close()
        await line.wait_closed()
        return True

    async def together(attempts):
        return await asyncio.gather(*(attempt(**each) for each in attempts))

    return lambda attempts: asyncio.run(together(attempts))


@pytest.fixture
def ada_as_stored(connection, acme):
    assert acme.user == "ada"
    return sftp_users.get_user(connection, "ada")


class TestPasswords:
    def test_the_right_one_opens_the_two_folders_of_the_account(self, ada):
        assert sorted(ada.listdir("/")) == [
            ".", "..", "Patient Import Results", "Pending Patient Imports",
        ]  # fmt: skip

    def test_a_wrong_one_does_not(self, knock):
        wrong = [WRONG, "", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], "x" * 10_000]
        assert knock([{"password": password} for password in wrong]) == [False] * len(wrong)

    def test_of_an_unknown_user_does_not(self, knock):
        unknown = ["nobody", "ADA", "acme", "root", "a" * 200, "ada'; --", "ada\u200b"]
        assert knock([{"user": user} for user in unknown]) == [False] * len(unknown)

    def test_of_a_disabled_user_does_not_until_they_are_enabled(
        self, sign_in, connection, ada_as_stored
    ):
        sftp_users.set_disabled(connection, ada_as_stored, disabled=True)
        connection.commit()
        assert not sign_in()
        assert not sign_in(client_keys=[key_of("ada")])
        sftp_users.set_disabled(connection, ada_as_stored, disabled=False)
        connection.commit()
        assert sign_in()

    def test_are_none_for_a_user_of_keys_only(self, sign_in, connection, ada_as_stored):
        sftp_users.set_password_hash(connection, ada_as_stored, None)
        connection.commit()
        assert not sign_in()
        assert not sign_in(password="")
        assert sign_in(password=None, client_keys=[key_of("ada")])

    def test_of_a_user_do_not_help_under_a_name_that_was_changed_midway(self, acme, sign_in):
        def changes_to(name):
            class Changer(asyncssh.SSHClient):
                def connection_made(self, conn):
                    self.connection, self.passwords = conn, iter([WRONG, PASSWORD])

                def password_auth_requested(self):
                    password = next(self.passwords, None)
                    if password == PASSWORD:
                        self.connection._username = name
                    return password

            return Changer

        assert sign_in(password=None, client_factory=changes_to("ada"))
        assert not sign_in(password=None, client_factory=changes_to("nobody"))
        assert {event.user_name for event in acme.events("sign_in")} == {"ada"}


class TestKeys:
    @pytest.mark.parametrize("algorithm", ["ssh-ed25519", "ssh-rsa", "ecdsa-sha2-nistp256"])
    def test_of_the_user_let_them_in(self, sign_in, connection, ada_as_stored, algorithm):
        key = key_of("new key", algorithm)
        assert not sign_in(password=None, client_keys=[key])
        sftp_users.add_key(connection, ada_as_stored, public(key))
        connection.commit()
        assert sign_in(password=None, client_keys=[key])
        sftp_users.remove_key(connection, ada_as_stored, key.get_fingerprint())
        connection.commit()
        assert not sign_in(password=None, client_keys=[key])

    def test_of_another_user_do_not(self, sign_in, globex):
        assert not sign_in(user=globex.user, password=None, client_keys=[key_of("ada")])
        assert not sign_in(user="nobody", password=None, client_keys=[key_of("ada")])


class TestGuessing:
    @pytest.fixture
    def own(self, serve):
        """A server that bans at the third wrong password, for three seconds."""
        return serve(sftp_max_failures=3, sftp_ban_minutes=0.05)

    @pytest.fixture
    def guess(self, sign_in, own):
        return lambda **how: sign_in(port=own.sftp_port, **how)

    @pytest.fixture
    def two_guesses(self, connection, server):
        """Wrong passwords before the test."""
        event = AccessEvent("sign_in", refused=True, user_name="ada", address=FROM_HERE)
        for _ in range(2):
            attempt = begin_try(
                connection, server, "sftp_password", address=FROM_HERE, user_name="ada"
            )
            note_failure(connection, attempt, event)
        connection.commit()

    @pytest.mark.usefixtures("two_guesses")
    def test_is_ended_by_a_ban_of_the_address_and_the_user_that_expires(
        self, guess, connection, own
    ):
        assert not guess(password=WRONG)
        (ban,) = list_bans(connection, own)
        assert (ban.address, ban.user_name) == (FROM_HERE, "ada")
        connection.commit()
        assert not guess()
        eventually(guess)
        assert list_bans(connection, own) == []

    @pytest.mark.usefixtures("two_guesses")
    def test_while_banned_is_not_written(self, guess, connection):
        guess(password=WRONG)
        before = len(list_events(connection))
        connection.commit()
        guess(password=WRONG)
        assert len(list_events(connection)) == before

    @pytest.mark.usefixtures("two_guesses")
    def test_is_forgiven_by_an_operator(self, sign_in, serve, connection):
        own = serve(sftp_max_failures=3, sftp_ban_minutes=15)
        sign_in(password=WRONG, port=own.sftp_port)
        assert not sign_in(port=own.sftp_port)
        unban(connection, user="ada")
        connection.commit()
        assert sign_in(port=own.sftp_port)

    def test_is_remembered_by_a_server_that_was_started_anew(self, sign_in, server):
        limits = {"sftp_max_failures": 1, "sftp_ban_minutes": 15}
        with server_thread(server.model_copy(update=limits)) as first:
            assert not sign_in(password=WRONG, port=first.sftp_port)
        with server_thread(server.model_copy(update=limits)) as second:
            assert not sign_in(port=second.sftp_port)

    def test_takes_longer_each_time_on_one_line(self, acme, call):
        tries = []

        class Guesser(asyncssh.SSHClient):
            def password_auth_requested(self):
                tries.append(time.monotonic())
                return WRONG if len(tries) < 3 else None

        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, password=None, client_factory=Guesser)
        waits = [after - before for before, after in pairwise(tries)]
        assert waits[0] >= 1.0
        assert waits[1] >= 2.0

    def test_costs_as_much_for_a_user_who_is_not_there(self):
        # Of this thread's processor time: what else the machine does has no part in it.
        def cost(password_hash):
            began = time.thread_time()
            assert not verify_password(password_hash, WRONG)
            return time.thread_time() - began

        known = hash_password(PASSWORD)
        assert cost(None) > cost(known) / 3
