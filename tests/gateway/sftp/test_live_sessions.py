"""Sessions that are open: listed, and ended once they may no longer go on."""

import time
from datetime import timedelta

import asyncssh
import pytest

from gateway.passwords import hash_password
from registry.accounts import sftp_users
from registry.accounts.sftp_sessions import (
    DEAD_AFTER_SECONDS,
    ask_to_end,
    forget_dead_sessions,
    list_sessions,
)
from registry.landing.drop_folder import PENDING
from tests.gateway.sftp.customers import PASSWORD, key_of, public
from tests.waiting import eventually


@pytest.fixture
def sessions(connection):
    """The live sessions as an operator sees them."""

    def listed():
        connection.rollback()
        return list_sessions(connection)

    return listed


@pytest.fixture
def user(connection, acme):
    return sftp_users.get_user(connection, acme.user)


def is_open(client):
    return not client.connection.is_closed()


def is_ended(client, within=10):
    began = time.monotonic()
    client.run(client.connection.wait_closed())
    return time.monotonic() - began < within


class TestTheList:
    def test_has_who_is_signed_in_from_where_and_by_what(self, acme, globex, call, sessions):
        call(acme, password=PASSWORD, local_addr=("127.0.0.9", 0))
        call(globex)
        eventually(lambda: len(sessions()) == 2)
        assert {(each.user_name, each.address, each.signed_in_by) for each in sessions()} == {
            ("ada", "127.0.0.9", "password"),
            ("grace", "127.0.0.1", key_of("grace").get_fingerprint()),
        }

    def test_loses_a_session_that_ends(self, acme, call, sessions):
        client = call(acme)
        eventually(sessions)
        client.abort()
        eventually(lambda: not sessions())

    def test_loses_those_of_a_process_that_was_killed(self, acme, call, sessions, connection):
        call(acme)
        eventually(sessions)
        connection.execute(
            "UPDATE sftp_session SET seen_at = seen_at - %s",
            (timedelta(seconds=DEAD_AFTER_SECONDS + 1),),
        )
        connection.commit()
        assert sessions() == []
        forget_dead_sessions(connection)
        assert connection.execute("SELECT count(*) FROM sftp_session").fetchone() == (0,)


class TestASessionEndsWithinSeconds:
    def ends(self, client, connection, change):
        """Half a file is being sent when somebody makes the change."""
        client.begin(f"{PENDING}/roster.csv", b"half")
        change()
        connection.commit()
        return is_ended(client)

    @pytest.mark.parametrize(
        ("change", "reason"),
        [
            (
                lambda connection, user: sftp_users.set_disabled(connection, user, disabled=True),
                "the user was disabled",
            ),
            (sftp_users.remove_user, "the user was removed"),
            (
                lambda connection, user: sftp_users.set_allowed_networks(
                    connection, user, ["192.0.2.0/24"]
                ),
                "the user may no longer come from this address",
            ),
            (
                lambda connection, user: ask_to_end(connection, "ops", user_name=user.name),
                "ended by ops",
            ),
        ],
        ids=["disabled", "removed", "other networks", "asked for"],
    )
    def test_when_the_user_may_not_go_on(  # noqa: PLR0913, PLR0917 - two of them are the cases
        self, acme, globex, call, connection, user, change, reason
    ):
        clients, other = [call(acme, password=PASSWORD), call(acme)], call(globex)
        eventually(lambda: connection.rollback() or len(list_sessions(connection)) == 3)
        assert self.ends(clients[0], connection, lambda: change(connection, user))
        assert is_ended(clients[1])
        eventually(lambda: len(acme.events("sign_out")) == 2)
        assert {each.detail for each in acme.events("sign_out")} == {reason}
        eventually(lambda: acme.events("upload"))
        assert acme.imports() == []
        assert is_open(other)

    def test_when_its_password_is_changed(self, acme, call, connection, user):
        by_password, by_key = call(acme, password=PASSWORD), call(acme)
        new = hash_password("another-horse-battery")
        assert self.ends(
            by_password,
            connection,
            lambda: sftp_users.set_password_hash(connection, user, new),
        )
        assert is_open(by_key)
        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, password=PASSWORD)

    def test_when_its_password_is_taken_away(self, acme, call, connection, user):
        client = call(acme, password=PASSWORD)
        assert self.ends(
            client, connection, lambda: sftp_users.set_password_hash(connection, user, None)
        )

    def test_when_its_key_is_removed_and_not_when_another_is(self, acme, call, connection, user):
        other = key_of("ada's other key")
        sftp_users.add_key(connection, user, public(other))
        connection.commit()
        client, kept = call(acme), call(acme, client_keys=[other])
        by_password = call(acme, password=PASSWORD)
        fingerprint = key_of("ada").get_fingerprint()
        assert self.ends(
            client, connection, lambda: sftp_users.remove_key(connection, user, fingerprint)
        )
        assert is_open(kept)
        assert is_open(by_password)

    def test_and_only_the_one_that_was_named(self, acme, call, connection, sessions):
        first, second = call(acme), call(acme, local_addr=("127.0.0.9", 0))
        eventually(lambda: len(sessions()) == 2)
        (one,) = [each for each in sessions() if each.address == "127.0.0.9"]
        ask_to_end(connection, "ops", user_name="ada", session_id=one.id)
        connection.commit()
        assert is_ended(second)
        assert is_open(first)
