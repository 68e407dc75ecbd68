"""Connections that break, servers that are killed, disks that are full: an upload is kept apart
until it is complete, and a complete upload is not lost."""

import asyncio
import os
import subprocess

import asyncssh
import pytest
from asyncssh import SFTPAttrs
from asyncssh.constants import FXF_CREAT, FXF_TRUNC, FXF_WRITE, FXP_CLOSE, FXP_OPEN
from asyncssh.packet import Byte, String, UInt32

from registry.database.connections import connect, start_embedded, stop_embedded
from registry.landing.drop_folder import PENDING
from registry.migrations import migrate
from registry.settings import Settings
from tests.gateway.sftp.customers import (
    Raw,
    customer,
    server_process,
    server_thread,
)
from tests.logins import addresses
from tests.ports import free_port
from tests.waiting import eventually

ROSTER = f"{PENDING}/roster.csv"
CONTENT = bytes(range(256)) * 4096


def broken_off(who, count=1):
    """Wait until the server noticed that so many uploads broke off."""
    eventually(lambda: len([e for e in who.events("upload") if e.refused]) >= count)


class TestAConnectionThatBreaks:
    @pytest.mark.parametrize("how", ["abort", "end of file", "close"])
    def test_leaves_no_file_and_no_import_but_a_part_that_can_be_seen(self, acme, call, how):
        client = call(acme)
        client.begin(ROSTER, CONTENT[:1000])
        if how == "abort":
            client.abort()
        elif how == "end of file":
            client.sftp._handler._writer.write_eof()
            client.run(asyncio.sleep(0))
        else:
            client.close()
        broken_off(acme)
        assert acme.names() == []
        assert acme.imports() == []
        again = call(acme)
        assert again.stat(ROSTER).size == 1000
        assert [str(e.filename) for e in again.readdir(PENDING)][2:] == ["roster.csv"]

    def test_is_noted_in_the_activity_log_with_the_bytes_that_came(self, acme, ada):
        ada.begin(ROSTER, CONTENT[:1000])
        ada.abort()
        broken_off(acme)
        (event,) = acme.events("upload")
        assert (event.refused, event.file_name, event.byte_count) == (True, "roster.csv", 1000)
        assert event.detail == "the connection broke off"

    @pytest.mark.parametrize(("flags", "at"), [("r+b", 1000), ("r+b", 600), ("ab", 0)])
    def test_lets_the_next_session_resume_byte_for_byte(self, acme, call, flags, at):
        first = call(acme)
        first.begin(ROSTER, CONTENT[:1000])
        first.abort()
        broken_off(acme)
        second = call(acme)
        file = second.begin(ROSTER, CONTENT[at or 1000 :], flags, at)
        assert second.run(file.stat()).size == len(CONTENT)
        second.run(file.close())
        (imported,) = acme.imports()
        assert acme.archived(imported) == CONTENT
        assert (acme.pending / "roster.csv").read_bytes() == CONTENT
        assert acme.unfinished() == []

    def test_twice_keeps_all_bytes_that_came(self, acme, call):
        for until in (1000, 5000):
            client = call(acme)
            exists = bool(acme.unfinished())
            at = client.stat(ROSTER).size if exists else 0
            client.begin(ROSTER, CONTENT[at:until], "r+b" if exists else "wb", at)
            client.abort()
            broken_off(acme, 1 if until == 1000 else 2)
        assert call(acme).stat(ROSTER).size == 5000

    def test_is_forgotten_when_the_file_is_sent_anew_or_deleted(self, acme, call):
        for name in ("anew.csv", "deleted.csv"):
            client = call(acme)
            client.begin(f"{PENDING}/{name}", CONTENT[:1000])
            client.abort()
        broken_off(acme, 2)
        client = call(acme)
        client.put_bytes(f"{PENDING}/anew.csv", b"short")
        client.remove(f"{PENDING}/deleted.csv")
        assert client.stat(f"{PENDING}/anew.csv").size == 5
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            client.stat(f"{PENDING}/deleted.csv")
        assert acme.names() == ["anew.csv"]
        assert acme.unfinished() == []

    def test_of_a_newer_version_does_not_touch_the_one_that_waits(self, acme, call):
        call(acme).put_bytes(ROSTER, b"the older one, which is whole")
        client = call(acme)
        client.begin(ROSTER, b"newer")
        client.abort()
        broken_off(acme)
        assert acme.states() == ["waiting"]
        assert (acme.pending / "roster.csv").read_bytes() == b"the older one, which is whole"

    def test_of_a_newer_version_is_resumed_from_the_newer_and_holds_no_gap(self, acme, call):
        call(acme).put_bytes(ROSTER, CONTENT[::-1][:3000])
        first = call(acme)
        first.begin(ROSTER, CONTENT[:1000])
        first.abort()
        broken_off(acme)
        second = call(acme)
        at = second.stat(ROSTER).size
        second.run(second.begin(ROSTER, CONTENT[at:], "r+b", at).close())
        assert acme.archived(acme.imports()[-1]) == CONTENT
        assert acme.states() == ["cancelled", "waiting"]

    def test_noticed_only_after_the_file_was_sent_again_leaves_no_part(self, acme, call):
        slow, quick = call(acme), call(acme)
        slow.begin(ROSTER, CONTENT[:1000])
        quick.put_bytes(ROSTER, CONTENT)
        slow.abort()
        broken_off(acme)
        assert quick.stat(ROSTER).size == len(CONTENT)
        assert acme.unfinished() == []

    def test_right_after_a_close_loses_nothing_that_was_closed(self, acme, ada):
        handler = ada.sftp._handler
        flags, none = FXF_WRITE | FXF_CREAT | FXF_TRUNC, Raw(SFTPAttrs().encode(3))
        handle = ada.request(FXP_OPEN, ROSTER, flags, none)

        async def close_and_leave():
            packet = Byte(FXP_CLOSE) + UInt32(99) + String(handle)
            handler._writer.write(String(packet))
            handler._writer.write_eof()

        ada.run(close_and_leave())
        ada.close()
        eventually(lambda: acme.states() == ["waiting"])
        assert acme.names() == ["roster.csv"]

    def test_while_a_result_is_read_is_noted_as_far_as_it_came(self, acme, ada):
        (acme.results / "2026-11-21_roster.csv").write_bytes(CONTENT)

        async def some():
            file = await ada.sftp.open("Patient Import Results/2026-11-21_roster.csv", "rb")
            return await file.read(1000)

        assert ada.run(some()) == CONTENT[:1000]
        ada.abort()
        eventually(lambda: acme.events("download"))
        assert acme.events("download")[0].byte_count == 1000


class TestAServerThatIsKilled:
    @pytest.fixture
    def own(self, database, store, tmp_path):
        return database.model_copy(
            update={"home": tmp_path / "home", "sftp_port": free_port(), **store}
        )

    @pytest.mark.slow
    def test_keeps_parts_and_waiting_files_for_the_next_one(self, own, connection, call, tmp_path):
        acme = customer(connection, own, "acme", "ada")
        with server_process(own, tmp_path / "log") as server:
            client = call(acme)
            client.put_bytes(f"{PENDING}/whole.csv", b"whole")
            client.begin(ROSTER, CONTENT[:1000])
            fingerprint = client.connection.get_server_host_key().get_fingerprint()
            server.kill()
            server.wait()
        assert acme.names() == ["whole.csv"]
        with server_process(own, tmp_path / "log"):
            client = call(acme)
            assert client.connection.get_server_host_key().get_fingerprint() == fingerprint
            assert client.stat(ROSTER).size == 1000
            client.run(client.begin(ROSTER, CONTENT[1000:], "r+b", 1000).close())
        assert acme.names() == ["roster.csv", "whole.csv"]
        assert acme.states() == ["waiting", "waiting"]
        assert acme.archived(acme.imports()[1]) == CONTENT

    def test_that_is_asked_to_end_keeps_them_too_and_says_goodbye(
        self, own, connection, call, tmp_path
    ):
        acme = customer(connection, own, "acme", "ada")
        impatient = own.model_copy(update={"drain_seconds": 1.0})
        with server_process(impatient, tmp_path / "log") as server:
            call(acme).begin(ROSTER, CONTENT[:1000])
            server.terminate()
            assert server.wait(20) == 0
        assert "Traceback" not in (tmp_path / "log").read_text()
        with server_thread(own) as serving:
            assert call(acme, port=serving.sftp_port).stat(ROSTER).size == 1000


class TestADiskThatIsFull:
    @pytest.fixture
    def tiny_disk(self, database, store, tmp_path):
        """A home of two megabytes, all of which may be used."""
        home = tmp_path / "tiny"
        home.mkdir()
        mount = ["/bin/mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(home)]
        if os.geteuid() != 0 or subprocess.run(mount, check=False, capture_output=True).returncode:
            pytest.skip("mounting a file system takes root")
        own = database.model_copy(update={"home": home, "disk_reserve_bytes": 0, **store})
        with server_thread(own) as serving:
            yield serving
        subprocess.run(["/bin/umount", "-l", str(home)], check=True)

    def test_is_explained_while_writing_and_waiting_files_stay(self, tiny_disk, connection, call):
        acme = customer(connection, tiny_disk, "acme", "ada")
        client = call(acme)
        client.put_bytes(f"{PENDING}/whole.csv", b"whole")
        file = client.open(ROSTER, "wb")
        with pytest.raises(asyncssh.SFTPFailure, match="No space left"):
            client.run(file.write(CONTENT * 3))
        with pytest.raises(asyncssh.SFTPFailure, match="not taken in: No space left"):
            client.run(file.close())
        assert acme.events("upload")[-1].refused
        client.put_bytes(f"{PENDING}/small.csv", b"there is room again")
        assert acme.names() == ["small.csv", "whole.csv"]
        assert acme.states() == ["waiting", "waiting"]

    @pytest.mark.on_disk
    def test_is_explained_at_the_close_and_the_part_is_kept(self, tiny_disk, connection, call):
        acme = customer(connection, tiny_disk, "acme", "ada")
        client = call(acme)
        file = client.begin(ROSTER, CONTENT[:500_000])
        ballast = tiny_disk.home / "ballast"
        ballast.write_bytes(bytes(1_200_000))  # there is no room for the copy in the archive
        with pytest.raises(asyncssh.SFTPFailure, match="storage_unavailable: try again later"):
            client.run(file.close())
        assert (acme.names(), acme.imports()) == ([], [])
        assert client.stat(ROSTER).size == 500_000
        ballast.unlink()
        client.run(client.open(ROSTER, "r+b").close())
        assert acme.archived(acme.imports()[0]) == CONTENT[:500_000]
        assert acme.unfinished() == []


@pytest.mark.on_disk  # the parts in a bucket are known to the database
@pytest.mark.slow
def test_an_unreachable_database_at_the_close_is_explained_and_the_part_is_kept(
    embedded: Settings, call
):
    away = Settings(home=embedded.home, **addresses(start_embedded(embedded)))
    migrate(away)
    with server_thread(away) as serving:
        with connect(serving) as connection:
            acme = customer(connection, serving, "acme", "ada")
        client = call(acme)
        file = client.begin(ROSTER, CONTENT)
        stop_embedded(embedded)
        with pytest.raises(asyncssh.SFTPFailure, match="database_unavailable: try again later"):
            client.run(file.close())
        assert client.stat(ROSTER).size == len(CONTENT)
        with pytest.raises(asyncssh.Error):
            call(acme)
        start_embedded(embedded)
        client.run(client.open(ROSTER, "r+b").close())
        assert acme.states() == ["waiting"]
        assert acme.archived(acme.imports()[0]) == CONTENT
