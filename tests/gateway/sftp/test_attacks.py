"""What strangers may do to the server, while customers go on working.

Strangers come from 127.0.0.66 and from addresses below 127.0.1; customers from 127.0.0.1.
"""

import asyncio
import logging
import socket
import time
from contextlib import suppress

import asyncssh
import pytest

from gateway.sftp.server import MAX_TRIES
from registry.accounts import sftp_users
from registry.accounts.activity_log import list_events
from registry.accounts.bans import list_bans
from registry.landing.drop_folder import PENDING
from tests.gateway.sftp.customers import PASSWORD, key_of, server_thread
from tests.waiting import eventually

STRANGER = "127.0.0.66"
WRONG = "wrong-horse-battery"


@pytest.fixture
def attempt(acme):
    """Many sign-ins at once; gives which of them let somebody in."""

    async def one(user="ada", address=STRANGER, port=None, **how):
        chosen = {"client_keys": None, "agent_path": None, "known_hosts": None, "config": None}
        try:
            line = await asyncssh.connect(
                "127.0.0.1", port or acme.settings.sftp_port, username=user,
                local_addr=(address, 0), **(chosen | how),
            )  # fmt: skip
        except (asyncssh.Error, OSError):
            return False
        line.close()
        await line.wait_closed()
        return True

    async def together(tries):
        return await asyncio.gather(*(one(**each) for each in tries))

    return lambda tries: asyncio.run(together(tries))


@pytest.fixture
def open_sockets():
    """Opens connections that send nothing; gives them with what the server said first."""
    lines = []

    def open_them(port, addresses):
        opened = []
        for address in addresses:
            line = socket.socket()
            line.bind((address, 0))
            line.settimeout(10)
            line.connect(("127.0.0.1", port))
            opened.append(line)
        lines.extend(opened)
        return opened

    yield open_them
    for line in lines:
        line.close()


def greeting(line):
    """What the server says first; empty where it closed the connection."""
    with suppress(ConnectionResetError):
        return line.recv(100)
    return b""


def works(call, who, **how):
    """Whether a customer can sign in and send a file."""
    client = call(who, **how)
    client.put_bytes(f"{PENDING}/roster.csv", b"roster")
    return client.exists(f"{PENDING}/roster.csv")


class TestGuessesOfAStranger:
    def test_lock_out_neither_the_users_address_nor_their_keys(
        self, acme, attempt, call, connection, server
    ):
        assert not any(attempt([{"password": WRONG}] * 15))
        (ban,) = list_bans(connection, server)
        assert (ban.address, ban.user_name) == (STRANGER, "ada")
        assert not any(attempt([{"password": PASSWORD}]))
        assert works(call, acme, password=PASSWORD)
        assert works(call, acme)
        # Not even where the stranger and the user have one address.
        assert works(call, acme, local_addr=(STRANGER, 0))

    def test_in_parallel_are_judged_as_often_as_the_limit_says(
        self, acme, attempt, call, serve, connection
    ):
        own = serve(sftp_max_strangers_of_address=100)
        tries = [{"password": f"{WRONG} {number}", "port": own.sftp_port} for number in range(80)]
        assert not any(attempt(tries))
        judged = [each for each in list_events(connection, limit=200) if each.action == "sign_in"]
        assert len(judged) == own.sftp_max_failures
        assert works(call, acme, port=own.sftp_port, password=PASSWORD)

    def test_over_two_server_processes_are_counted_together(self, attempt, serve, connection):
        ports = [serve(sftp_max_failures=4).sftp_port for _ in range(2)]
        attempt([{"password": WRONG, "port": port} for port in ports * 4])
        judged = [each for each in list_events(connection) if each.action == "sign_in"]
        assert len(judged) == 4

    def test_in_parallel_hit_the_right_password_no_more_often(self, attempt, serve):
        own = serve(sftp_max_failures=1, sftp_max_strangers_of_address=100)
        guesses = [WRONG] * 30 + [PASSWORD]
        tries = [{"password": each, "port": own.sftp_port} for each in guesses]
        assert not any(attempt(tries[:30]))
        assert not any(attempt(tries))

    def test_are_not_what_many_right_passwords_at_once_are(self, attempt, serve):
        own = serve(sftp_max_failures=2, sftp_max_strangers_of_address=100)
        assert all(attempt([{"password": PASSWORD, "port": own.sftp_port}] * 30))

    def test_over_many_names_do_not_lock_out_customers_of_the_same_address(
        self, acme, attempt, call, serve, connection
    ):
        own = serve(sftp_max_spread_failures=5, sftp_max_strangers_of_address=100)
        port = own.sftp_port
        assert works(call, acme, port=port, password=PASSWORD, local_addr=(STRANGER, 0))
        names = [f"user{number}" for number in range(12)]
        assert not any(attempt([{"user": u, "password": WRONG, "port": port} for u in names]))
        judged = [each for each in list_events(connection, limit=99) if each.refused]
        assert len(judged) == 5
        assert works(call, acme, port=port, password=PASSWORD, local_addr=(STRANGER, 0))

    def test_by_keyboard_interactive_count_as_passwords(self, acme, attempt, call, connection):
        class Asked(asyncssh.SSHClient):
            asked = 0

            def kbdint_auth_requested(self):
                self.asked += 1
                return "" if self.asked == 1 else None

            def kbdint_challenge_received(self, *asked):
                return [WRONG] * len(asked[-1])

        how = {"client_factory": Asked, "preferred_auth": "keyboard-interactive"}
        attempt([how])
        events = [each for each in list_events(connection) if each.refused]
        assert {each.detail for each in events} == {"wrong password"}
        assert works(call, acme, password=PASSWORD, preferred_auth="keyboard-interactive")


class TestKeysOfAStranger:
    def offer(self, count):
        return {"client_keys": [key_of(f"stranger {number}") for number in range(count)]}

    def test_are_recorded_once_a_connection_and_limited(
        self, acme, attempt, serve, call, connection
    ):
        own = serve(sftp_max_failures=3)
        for _ in range(3):
            attempt([{**self.offer(3), "port": own.sftp_port}])
        recorded = lambda: [e for e in list_events(connection) if e.action == "sign_in"]  # noqa: E731
        eventually(lambda: connection.rollback() or len(recorded()) == 3)
        assert {each.detail for each in recorded()} == {
            "none of the offered keys is accepted (3)",
        }
        attempt([{**self.offer(3), "port": own.sftp_port}])
        assert len(recorded()) == 3
        (ban,) = list_bans(connection, own)
        assert (ban.kind, ban.address, ban.user_name) == ("sftp_key", STRANGER, "ada")
        # A key cannot be guessed: the right one lets its owner in wherever they are.
        assert works(call, acme, port=own.sftp_port, local_addr=(STRANGER, 0))

    def test_are_so_many_over_one_connection_and_no_more(self, acme, attempt, call):
        assert not any(attempt([self.offer(MAX_TRIES + 5) | {"password": PASSWORD}]))
        assert call(acme, client_keys=[*self.offer(5)["client_keys"], key_of("ada")])


class TestNamesThatNobodyHas:
    @pytest.mark.parametrize(
        "how",
        [{"password": WRONG}, {"client_keys": [key_of("a stranger's")]}],
        ids=["password", "key"],
    )
    def test_are_looked_up_and_counted_as_names_of_users_are(
        self, acme, connection, attempt, serve, request, how
    ):
        own = serve(sftp_max_failures=1000)
        # What these two did before must not be counted later.
        for each in (connection, request.getfixturevalue("_broom")):
            each.execute("SELECT pg_stat_force_next_flush()")
        connection.rollback()

        def cost(user):
            before = _scans(connection)
            assert not any(attempt([{"user": user, "port": own.sftp_port, **how}]))
            return {name: count - before[name] for name, count in _scans(connection).items()}

        cost("nobody"), cost(acme.user)  # the first try of a name makes its row
        of_nobody, of_user = cost("nobody"), cost(acme.user)
        assert of_nobody == of_user
        assert of_user["sign_in_count"] > 0


def _scans(connection):
    """How often the tables of users and of tries were read, once that no longer changes."""

    def read():
        connection.rollback()
        rows = connection.execute(
            "SELECT relname, seq_scan + coalesce(idx_scan, 0) + n_tup_ins + n_tup_upd"
            " FROM pg_stat_user_tables"
            " WHERE relname IN ('sftp_user', 'sftp_key', 'sign_in_count', 'access_event')"
        ).fetchall()
        connection.rollback()
        return dict(rows)

    found = [read()]

    def is_settled():
        time.sleep(0.3)
        found.append(read())
        return found[-1] == found[-2]

    eventually(is_settled)
    return found[-1]


class TestIdleConnections:
    def test_of_one_address_leave_room_for_others(self, acme, call, open_sockets, server, caplog):
        with caplog.at_level(logging.WARNING, logger="gateway.sftp.admission"):
            lines = open_sockets(server.sftp_port, [STRANGER] * 300)
            served = [line for line in lines if greeting(line)]
        assert len(served) == server.sftp_max_strangers_of_address
        assert works(call, acme, password=PASSWORD)
        assert works(call, acme, local_addr=("127.0.0.2", 0))
        said = [each.getMessage() for each in caplog.records]
        most = server.sftp_max_strangers_of_address
        reason = f"nobody signed in over {most} connections of it"
        assert said == [f"new connections are closed: {STRANGER}: {reason}"]

    def test_are_in_the_activity_log_once(self, open_sockets, server, connection, acme):
        assert acme
        address = "127.0.0.67"
        for line in open_sockets(server.sftp_port, [address] * 60):
            greeting(line)
        eventually(lambda: connection.rollback() or list_events(connection))
        (event,) = list_events(connection)
        assert (event.address, event.refused) == (address, True)
        assert event.detail.startswith("not let in: nobody signed in over 20 connections")

    def test_of_many_addresses_make_room_for_a_customer(self, acme, call, open_sockets, serve):
        own = serve(sftp_max_strangers=30)
        addresses = [f"127.0.1.{number}" for number in range(10) for _ in range(3)]
        lines = open_sockets(own.sftp_port, addresses)
        assert all(greeting(line) for line in lines)
        for _ in range(3):
            assert works(call, acme, port=own.sftp_port, password=PASSWORD)

    def test_are_closed_after_the_time_to_sign_in(self, open_sockets, serve):
        own = serve(sftp_login_seconds=1)
        lines = open_sockets(own.sftp_port, [STRANGER] * 5)
        for line in lines:
            assert greeting(line).startswith(b"SSH-2.0-Rosterline")
            while greeting(line):
                pass  # the server closes it, or `settimeout` fails the test

    def test_of_signed_in_users_are_limited_for_each_address(self, acme, call, serve):
        own = serve(sftp_max_connections_of_address=3)
        first = [call(acme, port=own.sftp_port, local_addr=("127.0.0.5", 0)) for _ in range(3)]
        with pytest.raises((asyncssh.Error, OSError)):
            call(acme, port=own.sftp_port, local_addr=("127.0.0.5", 0))
        assert works(call, acme, port=own.sftp_port)
        first[0].close()
        eventually(lambda: _gets_in(call, acme, own.sftp_port, "127.0.0.5"))

    def test_that_dribble_bytes_do_not_keep_customers_from_sending(
        self, acme, call, open_sockets, server
    ):
        lines = open_sockets(server.sftp_port, [STRANGER] * 20)
        for line in lines:
            line.sendall(b"SSH-2.0-slow\r\n\0")
        assert works(call, acme)


def _gets_in(call, who, port, address):
    try:
        call(who, port=port, local_addr=(address, 0))
    except (asyncssh.Error, OSError):
        return False
    return True


class TestAllowedNetworks:
    @pytest.fixture
    def only(self, connection, acme):
        def set_networks(*networks):
            user = sftp_users.get_user(connection, acme.user)
            sftp_users.set_allowed_networks(connection, user, networks)
            connection.commit()

        return set_networks

    def test_let_the_user_in_and_nobody_else(self, only, attempt, connection):
        only("127.0.0.64/28", "2001:db8::/32")
        right = [{"password": PASSWORD}, {"client_keys": [key_of("ada")]}]
        assert all(attempt(right))
        elsewhere = [{**each, "address": "127.0.0.2"} for each in right]
        assert not any(attempt(elsewhere))
        eventually(lambda: connection.rollback() or len(_refused(connection)) == 2)
        assert {each.address for each in _refused(connection)} == {"127.0.0.2"}
        assert all("not from this address" in each.detail for each in _refused(connection))

    def test_that_are_lifted_let_the_user_in_from_anywhere(self, only, attempt):
        only("192.0.2.0/24")
        assert not any(attempt([{"password": PASSWORD}]))
        only()
        assert all(attempt([{"password": PASSWORD}]))

    def test_hold_behind_a_load_balancer_too(self, only, acme, call, serve):
        own = serve(sftp_proxy_protocol=True)
        only("203.0.113.0/24")

        def from_address(address):
            line = socket.create_connection(("127.0.0.1", own.sftp_port))
            line.sendall(f"PROXY TCP4 {address} 192.0.2.1 4 22\r\n".encode())
            return line

        assert works(call, acme, sock=from_address("203.0.113.9"))
        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, sock=from_address("198.51.100.9"))


def _refused(connection):
    return [each for each in list_events(connection) if each.refused]


def test_a_server_ends_in_good_time_while_strangers_guess(server, attempt):
    with server_thread(server) as own:
        attempt([{"client_keys": [key_of("a stranger's")], "port": own.sftp_port}] * 5)
        began = time.monotonic()
    assert time.monotonic() - began < 15
