"""What the protocol leaves open, as clients that exist use it."""

import asyncio

import asyncssh
import pytest
from asyncssh import SFTPAttrs, SFTPLimits
from asyncssh.constants import (
    FXF_CREAT,
    FXF_READ,
    FXF_WRITE,
    FXP_CLOSE,
    FXP_FSTAT,
    FXP_LSTAT,
    FXP_OPEN,
    FXP_OPENDIR,
    FXP_READ,
    FXP_REMOVE,
    FXP_RENAME,
    FXP_SETSTAT,
    FXP_STAT,
    FXP_WRITE,
)

from gateway.sftp.file_requests import MAX_READ_BYTES
from gateway.sftp.protocol import MAX_HANDLES, ONLY_SFTP, _without_details
from registry.landing.drop_folder import PENDING, RESULTS
from tests.gateway.sftp.customers import Offset, Raw

ROSTER = f"{PENDING}/roster.csv"
REST = Raw(b"what remained in the client's buffer")
NOTHING = Raw(SFTPAttrs().encode(3))


class TestBytesBehindTheLastField:
    def test_of_a_write_are_no_part_of_the_file(self, acme, ada):
        """The library of rclone sends the last block of a file so."""
        handle = ada.request(FXP_OPEN, ROSTER, FXF_WRITE | FXF_CREAT, NOTHING)
        ada.request(FXP_WRITE, handle, Offset(0), b"roster", REST)
        ada.request(FXP_CLOSE, handle)
        assert acme.archived(acme.imports()[0]) == b"roster"

    @pytest.mark.parametrize(
        "request_of",
        [
            lambda: (FXP_STAT, ROSTER, REST),
            lambda: (FXP_LSTAT, ROSTER, REST),
            lambda: (FXP_SETSTAT, ROSTER, NOTHING, REST),
            lambda: (FXP_OPENDIR, PENDING, REST),
            lambda: (FXP_RENAME, ROSTER, f"{PENDING}/other.csv", REST),
            lambda: (b"posix-rename@openssh.com", ROSTER, f"{PENDING}/other.csv", REST),
            lambda: (FXP_REMOVE, ROSTER, REST),
        ],
    )
    def test_of_any_request_are_ignored(self, ada, request_of):
        ada.put_bytes(ROSTER, b"roster")
        ada.request(*request_of())

    def test_do_not_replace_what_is_missing(self, ada):
        with pytest.raises(asyncssh.SFTPBadMessage):
            ada.request(FXP_FSTAT, Raw(b"\0\0\0\x09short"))


class TestNotSftp:
    @pytest.mark.parametrize("command", [None, "scp -t roster.csv", "id", "rsync --server"])
    def test_is_answered_in_words_and_with_exit_status_1(self, ada, command):
        done = ada.run(ada.connection.run(command, encoding=None))
        assert (done.exit_status, done.stdout) == (1, b"")
        assert done.stderr.decode() == ONLY_SFTP

    def test_leaves_the_connection_as_it_was(self, acme, ada):
        for _ in range(50):
            ada.run(ada.connection.run("id"))
        ada.put_bytes(ROSTER, b"roster")
        assert acme.states() == ["waiting"]


def test_the_limits_that_clients_are_told_are_those_that_hold(ada):
    limits = SFTPLimits.decode(ada.request(b"limits@openssh.com"))
    assert limits.max_open_handles == MAX_HANDLES


class TestResults:
    @pytest.fixture
    def handle(self, acme, ada):
        """A result that is open for reading."""
        (acme.results / "result.csv").write_bytes(b"x" * (MAX_READ_BYTES + 10))
        return ada.request(FXP_OPEN, f"{RESULTS}/result.csv", FXF_READ, NOTHING)

    @pytest.mark.parametrize("offset", [MAX_READ_BYTES + 10, 2**63 - 1, 2**63, 2**64 - 1])
    def test_end_where_they_end_whatever_is_asked_for(self, ada, handle, offset):
        with pytest.raises(asyncssh.SFTPEOFError):
            ada.request(FXP_READ, handle, Offset(offset), 10)

    def test_are_read_in_pieces_of_a_size_that_memory_bears(self, ada, handle):
        data, _ = ada.request(FXP_READ, handle, Offset(0), 2**32 - 1)
        assert len(data) == MAX_READ_BYTES
        data, _ = ada.request(FXP_READ, handle, Offset(MAX_READ_BYTES), 2**32 - 1)
        assert len(data) == 10


def test_an_unexpected_error_is_logged_and_its_text_is_not_sent(caplog):
    async def fails(_handler, _packet):
        raise ValueError("Ada Lovelace")

    with pytest.raises(asyncssh.SFTPFailure) as caught:
        asyncio.run(_without_details(fails)(None, None))
    assert caught.value.reason == "internal error ValueError"
    assert "a request failed" in caplog.text
