"""How much of an account's files is kept, and what the sender is told when it is too much."""

import asyncssh
import pytest

from registry.accounts.accounts import change_settings
from registry.landing.drop_folder import PENDING
from registry.landing.storage_quota import QUOTA_BYTES, storage_of
from tests.waiting import eventually

FULL = "this account may keep 1,000 bytes here, and {kept} are kept already"


def name(number):
    return f"{PENDING}/{number}.csv"


@pytest.fixture
def limited(connection, acme, call):
    """A session of acme, which may keep 1,000 bytes."""
    change_settings(connection, acme.account, {QUOTA_BYTES: 1000})
    connection.commit()
    return call(acme)


@pytest.fixture
def processed(connection, acme):
    """Lets everything that waits be processed, as a run would."""

    def process():
        connection.execute("UPDATE import SET state = 'completed', drop_name = NULL")
        connection.commit()
        for path in acme.pending.iterdir() if acme.on_disk else ():
            path.unlink()

    return process


class TestTheQuota:
    def test_counts_what_waits_and_what_is_archived(self, limited, processed):
        limited.put_bytes(name(1), b"1" * 600)
        processed()
        limited.put_bytes(name(2), b"2" * 300)
        file = limited.begin(name(3), b"3" * 100)
        with pytest.raises(asyncssh.SFTPFailure, match=FULL.format(kept="600")):
            limited.run(file.write(b"x", 100))
        with pytest.raises(asyncssh.SFTPFailure, match="not taken in: this account may keep"):
            limited.run(file.close())

    def test_that_is_used_up_refuses_the_next_file_before_it_is_sent(
        self, acme, limited, processed
    ):
        limited.put_bytes(name(1), bytes(1000))
        processed()
        with pytest.raises(asyncssh.SFTPFailure, match=FULL.format(kept="1,000")):
            limited.open(name(2), "wb")
        assert "ask the operator for more" in acme.events("upload")[-1].detail

    def test_counts_the_same_bytes_once_and_a_replaced_file_still(self, limited, processed):
        for number in (1, 2):
            limited.put_bytes(name(number), bytes(400))
            processed()
        limited.put_bytes(name(3), b"3" * 300)
        limited.put_bytes(name(3), b"4" * 300)  # the replaced one is in the archive
        with pytest.raises(asyncssh.SFTPFailure, match=FULL.format(kept="700")):
            limited.open(name(4), "wb")

    def test_counts_parts_of_uploads(self, acme, limited, call):
        limited.begin(name(1), bytes(900))
        limited.abort()
        eventually(lambda: acme.events("upload"))
        client = call(acme)
        file = client.open(name(2), "wb")
        with pytest.raises(asyncssh.SFTPFailure, match="may keep 1,000 bytes"):
            client.run(file.write(bytes(101)))

    @pytest.mark.parametrize("holes_by", ["writing", "setting the size"])
    def test_counts_a_file_with_holes_by_its_length(self, limited, holes_by):
        file = limited.open(name(1), "wb")
        if holes_by == "writing":
            limited.run(file.write(b"x", 899))
        else:
            limited.run(file.truncate(900))
        second = limited.open(name(2), "wb")
        with pytest.raises(asyncssh.SFTPFailure, match="may keep 1,000 bytes"):
            limited.run(second.write(b"x", 100))
        limited.run(file.truncate(10))
        limited.run(file.close())
        assert limited.put_bytes(name(3), bytes(900)) is None

    def test_that_is_raised_counts_for_open_sessions(self, acme, limited, connection):
        limited.put_bytes(name(1), bytes(1000))
        with pytest.raises(asyncssh.SFTPFailure, match="may keep"):
            limited.open(name(2), "wb")
        change_settings(connection, acme.account, {QUOTA_BYTES: 3000})
        connection.commit()
        limited.put_bytes(name(2), b"2" * 1000)

    def test_of_one_account_takes_no_room_of_another(self, limited, globex, call):
        limited.put_bytes(name(1), bytes(1000))
        call(globex).put_bytes(name(1), bytes(5000))
        assert globex.names() == ["1.csv"]


def test_the_settings_give_a_quota_to_accounts_without_their_own(
    acme, globex, serve, call, connection
):
    own = serve(account_quota_bytes=100)
    change_settings(connection, acme.account, {QUOTA_BYTES: 1000})
    connection.commit()
    call(acme, port=own.sftp_port).put_bytes(name(1), bytes(1000))
    client = call(globex, port=own.sftp_port)
    file = client.open(name(1), "wb")
    with pytest.raises(asyncssh.SFTPFailure, match="may keep 100 bytes"):
        client.run(file.write(bytes(101)))


def test_what_was_pruned_from_the_archive_counts_no_more(connection, acme, limited, processed):
    limited.put_bytes(name(1), bytes(1000))
    processed()
    assert storage_of(connection, acme.settings, acme.account).archived == 1000
    connection.execute("UPDATE import SET archive_pruned_at = now()")
    connection.commit()
    assert storage_of(connection, acme.settings, acme.account).archived == 0
    limited.put_bytes(name(2), b"2" * 1000)
