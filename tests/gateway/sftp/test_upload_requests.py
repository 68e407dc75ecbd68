"""Changes of an open upload, as a client of the protocol asks for them."""

from contextlib import suppress

import asyncssh
import pytest

from registry.landing.drop_folder import PENDING
from tests.waiting import eventually

INIT = bytes((0, 0, 0, 5, 1, 0, 0, 0, 3))
"""The first packet of a client: its length, its kind, and version 3 of the protocol."""
PATH = f"{PENDING}/roster.csv"


def close(ada, file):
    ada.run(file.close())


class TestSize:
    def test_a_file_that_is_overwritten_and_cut_is_the_new_one(self, acme, ada):
        ada.put_bytes(PATH, b"the old roster")
        file = ada.begin(PATH, b"new", "r+b")
        ada.run(file.setstat(asyncssh.SFTPAttrs(size=3)))
        close(ada, file)
        assert acme.archived(acme.imports()[-1]) == b"new"

    def test_a_file_is_lengthened_with_zeros(self, acme, ada):
        file = ada.begin(PATH, b"new")
        ada.run(file.setstat(asyncssh.SFTPAttrs(size=5)))
        close(ada, file)
        assert acme.archived(acme.imports()[0]) == b"new\0\0"

    def test_a_size_that_is_too_large_breaks_the_upload(self, acme, serve, call):
        settings = serve(max_file_bytes=1024)
        client = call(acme.__class__(settings, acme.account, acme.user))
        client.put_bytes(PATH, b"good")
        file = client.begin(PATH, b"new", "r+b")
        with pytest.raises(asyncssh.SFTPError):
            client.run(file.setstat(asyncssh.SFTPAttrs(size=2048)))
        with pytest.raises(asyncssh.SFTPError):
            close(client, file)
        assert (acme.pending / "roster.csv").read_bytes() == b"good"

    def test_a_size_after_the_archive_copied_more_makes_the_copy_anew(self, acme, ada):
        whole = bytes(range(256)) * 4096 * 70  # beyond two steps of the archive's copy
        file = ada.begin(PATH, whole)
        ada.run(file.setstat(asyncssh.SFTPAttrs(size=1000)))
        ada.run(file.write(b"end", 1000))
        close(ada, file)
        assert acme.archived(acme.imports()[0]) == whole[:1000] + b"end"


class TestOtherChanges:
    def test_a_refused_change_breaks_the_upload_and_the_waiting_file_stays(self, acme, ada):
        ada.put_bytes(PATH, b"good")
        file = ada.begin(PATH, b"mixed", "r+b")
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            ada.run(file.setstat(asyncssh.SFTPAttrs(uid=0, gid=0)))
        with pytest.raises(asyncssh.SFTPError):
            close(ada, file)
        assert (acme.pending / "roster.csv").read_bytes() == b"good"
        assert acme.states() == ["waiting"]

    def test_permissions_are_accepted_and_change_nothing(self, acme, ada):
        file = ada.begin(PATH, b"new")
        ada.run(file.setstat(asyncssh.SFTPAttrs(permissions=0o644)))
        close(ada, file)
        before = (acme.pending / "roster.csv").stat()
        ada.chmod(PATH, 0o777)
        assert (acme.pending / "roster.csv").stat() == before
        assert acme.archived(acme.imports()[0]) == b"new"


def test_an_empty_upload_does_not_replace_a_file_that_waits(acme, ada):
    ada.put_bytes(PATH, b"good")
    file = ada.open(PATH, "wb")
    with pytest.raises(asyncssh.SFTPFailure, match="an empty file does not replace"):
        close(ada, file)
    assert (acme.pending / "roster.csv").read_bytes() == b"good"
    assert ada.stat(PATH).size == len(b"good")
    assert acme.states() == ["waiting"]


def test_a_session_sees_its_own_open_upload_and_others_do_not(acme, ada, call):
    file = ada.begin(PATH, b"half")
    assert ada.stat(PATH).size == len(b"half")
    assert "roster.csv" in ada.listdir(PENDING)
    ada.truncate(PATH, 2)
    assert "roster.csv" not in call(acme).listdir(PENDING)
    close(ada, file)
    assert acme.archived(acme.imports()[0]) == b"ha"


def test_a_session_that_ends_well_has_exit_status_0(acme, call):
    client = call(acme)

    async def ended():
        process = await client.connection.create_process(subsystem="sftp", encoding=None)
        process.stdin.write(INIT)
        await process.stdout.read(9)
        process.stdin.write_eof()
        await process.wait_closed()
        return process.exit_status

    assert client.run(ended()) == 0


class TestDeletingWhatFailed:
    """rclone and others delete a file whose upload failed, though an older one waits there."""

    @pytest.fixture(params=["empty", "broken"])
    def failed(self, ada, request):
        """A session whose upload failed while an older file of its name waits."""
        ada.put_bytes(PATH, b"older")
        upload = ada.begin(PATH, b"" if request.param == "empty" else b"newer")
        if request.param == "broken":
            with pytest.raises(asyncssh.SFTPPermissionDenied):
                ada.run(upload.setstat(asyncssh.SFTPAttrs(uid=0, gid=0)))
        with pytest.raises(asyncssh.SFTPFailure):
            ada.run(upload.close())
        return ada

    def test_leaves_the_older_file_until_it_is_deleted_again(self, acme, failed):
        with suppress(asyncssh.SFTPFailure):
            failed.remove(PATH)
        assert acme.states() == ["waiting"]
        assert (acme.pending / "roster.csv").read_bytes() == b"older"
        assert failed.stat(PATH).size == len(b"older")
        failed.remove(PATH)
        assert acme.states() == ["cancelled"]

    def test_says_so_where_nothing_is_left_of_it(self, ada):
        ada.put_bytes(PATH, b"older")
        with pytest.raises(asyncssh.SFTPFailure, match="an empty file does not replace"):
            ada.put_bytes(PATH, b"")
        with pytest.raises(asyncssh.SFTPFailure, match="the file that waited before it stays"):
            ada.remove(PATH)

    def test_in_a_later_session_deletes_the_part_first(self, acme, call):
        call(acme).put_bytes(PATH, b"older")
        client = call(acme)
        client.begin(PATH, b"newer, which breaks off")
        client.abort()
        eventually(lambda: [each for each in acme.events("upload") if each.refused])
        later = call(acme)
        later.remove(PATH)
        assert later.stat(PATH).size == len(b"older")
        assert acme.states() == ["waiting"]
        later.remove(PATH)
        assert acme.states() == ["cancelled"]
        assert [each.detail for each in acme.events("delete")] == [
            "the part of an upload that broke off",
            None,
        ]

    @pytest.mark.parametrize("how", ["put", "rename"])
    def test_is_not_meant_any_more_once_a_file_has_arrived(self, acme, failed, how):
        if how == "put":
            failed.put_bytes(PATH, b"newest")
        else:
            failed.put_bytes(f"{PATH}.part", b"newest")
            failed.posix_rename(f"{PATH}.part", PATH)
        with suppress(asyncssh.SFTPNoSuchFile):
            failed.remove(PATH)
        assert acme.names() == []

    def test_without_an_older_file_finds_nothing(self, acme, serve, call):
        small = call(acme, port=serve(max_file_bytes=3).sftp_port)
        file = small.open(PATH, "wb")
        with pytest.raises(asyncssh.SFTPError):
            small.run(file.write(b"too long"))
        with pytest.raises(asyncssh.SFTPError):
            close(small, file)
        for _ in range(2):
            with suppress(asyncssh.SFTPNoSuchFile):
                small.remove(PATH)
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            small.stat(PATH)


def test_an_empty_file_does_not_replace_one_that_waits_by_its_temporary_name(acme, ada):
    ada.put_bytes(PATH, b"older")
    ada.put_bytes(f"{PATH}.part", b"")
    with pytest.raises(asyncssh.SFTPPermissionDenied, match="an empty file does not replace"):
        ada.posix_rename(f"{PATH}.part", PATH)
    assert acme.states() == ["waiting"]
    assert acme.archived(acme.imports()[0]) == b"older"
