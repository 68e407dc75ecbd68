"""Names that come twice, change, or go away while their file waits or is being processed."""

import asyncssh
import pytest

from registry.landing.drop_folder import PENDING, RESULTS
from tests.waiting import eventually

ROSTER, TEMPORARY = f"{PENDING}/roster.csv", f"{PENDING}/roster.csv.filepart"


class TestATemporaryName:
    def test_and_a_rename_afterwards_land_the_file_once(self, acme, ada):
        ada.put_bytes(TEMPORARY, b"roster")
        assert acme.imports() == []
        assert acme.names() == ["roster.csv.filepart"]
        ada.rename(TEMPORARY, ROSTER)
        (imported,) = acme.imports()
        assert (imported.state, imported.file_name) == ("waiting", "roster.csv")
        assert (imported.source, imported.drop_name) == ("sftp", "roster.csv")
        assert acme.archived(imported) == b"roster"
        assert acme.names() == ["roster.csv"]

    def test_may_replace_the_waiting_file_only_by_posix_rename(self, acme, ada):
        ada.put_bytes(ROSTER, b"old")
        ada.put_bytes(TEMPORARY, b"new")
        with pytest.raises(asyncssh.SFTPPermissionDenied, match="a file of that name already"):
            ada.rename(TEMPORARY, ROSTER)
        assert acme.states() == ["waiting"]
        ada.posix_rename(TEMPORARY, ROSTER)
        assert acme.states() == ["cancelled", "waiting"]
        assert (acme.pending / "roster.csv").read_bytes() == b"new"

    def test_given_to_a_waiting_file_takes_it_back(self, acme, ada):
        ada.put_bytes(ROSTER, b"roster")
        ada.rename(ROSTER, TEMPORARY)
        (imported,) = acme.imports()
        assert (imported.state, imported.drop_name) == ("cancelled", None)
        assert acme.names() == ["roster.csv.filepart"]

    def test_whose_upload_broke_off_is_resumed_and_renamed(self, acme, call):
        first = call(acme)
        first.begin(TEMPORARY, b"ros")
        first.abort()
        eventually(lambda: acme.events("upload"))
        second = call(acme)
        at = second.stat(TEMPORARY).size
        second.run(second.begin(TEMPORARY, b"ter", "r+b", at).close())
        second.rename(TEMPORARY, ROSTER)
        assert acme.archived(acme.imports()[0]) == b"roster"


class TestTheSameNameTwice:
    def test_lets_the_newer_wait_and_keeps_both(self, acme, ada):
        ada.put_bytes(ROSTER, b"old")
        ada.put_bytes(ROSTER, b"new")
        older, newer = acme.imports()
        assert (older.state, newer.state) == ("cancelled", "waiting")
        assert older.reason == f"replaced by {newer.partition_key} before it was processed"
        assert (acme.archived(older), acme.archived(newer)) == (b"old", b"new")
        assert (acme.pending / "roster.csv").read_bytes() == b"new"

    def test_by_two_sessions_at_once_keeps_both_whole(self, acme, call):
        one, two = call(acme), call(acme)
        files = [one.begin(ROSTER, b"1" * 100_000), two.begin(ROSTER, b"2" * 90_000)]
        one.run(files[0].close())
        two.run(files[1].close())
        older, newer = acme.imports()
        assert acme.archived(older) == b"1" * 100_000
        assert acme.archived(newer) == b"2" * 90_000
        assert acme.states() == ["cancelled", "waiting"]

    def test_with_the_same_bytes_is_another_import(self, acme, ada):
        ada.put_bytes(ROSTER, b"same")
        ada.put_bytes(ROSTER, b"same")
        assert acme.states() == ["cancelled", "waiting"]

    def test_in_two_accounts_are_two_files(self, acme, globex, call):
        call(acme).put_bytes(ROSTER, b"acme")
        call(globex).put_bytes(ROSTER, b"globex")
        assert (acme.states(), globex.states()) == (["waiting"], ["waiting"])
        assert (acme.pending / "roster.csv").read_bytes() == b"acme"
        assert (globex.pending / "roster.csv").read_bytes() == b"globex"


class TestWhileItIsProcessed:
    @pytest.fixture
    def processing(self, acme, ada):
        ada.put_bytes(ROSTER, b"first")
        acme.set_state("processing")
        return ada

    def test_a_newer_file_of_its_name_waits_for_the_next_run(self, acme, processing):
        processing.put_bytes(ROSTER, b"second")
        older, newer = acme.imports()
        assert (older.state, newer.state) == ("processing", "waiting")
        assert older.reason is None
        assert (acme.pending / "roster.csv").read_bytes() == b"second"

    def test_the_newer_one_can_be_deleted_again(self, acme, processing):
        processing.put_bytes(ROSTER, b"second")
        processing.remove(ROSTER)
        assert acme.states() == ["processing", "cancelled"]

    @pytest.mark.parametrize("new", ["other.csv", "roster.csv.part"])
    @pytest.mark.parametrize("how", ["rename", "posix_rename"])
    def test_it_cannot_be_renamed(self, acme, processing, how, new):
        with pytest.raises(asyncssh.SFTPPermissionDenied, match="is being processed"):
            getattr(processing, how)(ROSTER, f"{PENDING}/{new}")
        assert acme.names() == ["roster.csv"]

    def test_it_cannot_be_deleted(self, acme, processing):
        with pytest.raises(asyncssh.SFTPPermissionDenied, match="is being processed"):
            processing.remove(ROSTER)
        assert acme.names() == ["roster.csv"]
        assert acme.states() == ["processing"]


class TestAFileThatWaits:
    def test_keeps_its_import_under_a_new_name(self, acme, ada):
        ada.put_bytes(ROSTER, b"roster")
        (before,) = acme.imports()
        ada.rename(ROSTER, f"{PENDING}/patients.csv")
        (after,) = acme.imports()
        assert (after.id, after.state) == (before.id, "waiting")
        assert (after.file_name, after.drop_name) == ("patients.csv", "patients.csv")

    def test_that_is_deleted_is_withdrawn_and_stays_in_the_archive(self, acme, ada):
        ada.put_bytes(ROSTER, b"roster")
        ada.remove(ROSTER)
        (imported,) = acme.imports()
        assert imported.state == "cancelled"
        assert imported.reason == "withdrawn: the file was removed before it was processed"
        assert acme.archived(imported) == b"roster"
        assert acme.names() == []

    def test_cannot_be_read_back_not_even_while_it_is_sent(self, ada):
        file = ada.begin(ROSTER, b"roster")
        with pytest.raises(asyncssh.SFTPPermissionDenied, match="cannot be read back"):
            ada.run(file.read())

    def test_has_the_time_that_its_sender_gave_it(self, acme, ada):
        file = ada.begin(ROSTER, b"roster")
        ada.run(file.setstat(asyncssh.SFTPAttrs(atime=1_000_000_000, mtime=1_000_000_001)))
        ada.run(file.close())
        assert (acme.pending / "roster.csv").stat().st_mtime == 1_000_000_001
        ada.utime(ROSTER, (1_100_000_000, 1_100_000_000))
        assert ada.stat(ROSTER).mtime == 1_100_000_000

    @pytest.mark.parametrize(
        "name", ["Müller (März).csv", "a b.csv", "a..csv", "-rf", "%2e%2e", "a\\..\\x.csv"]
    )
    def test_may_have_a_name_that_looks_odd(self, acme, ada, name):
        ada.put_bytes(f"{PENDING}/{name}", b"odd")
        assert acme.names() == [name]
        assert acme.imports()[0].file_name == name
        assert name in ada.listdir(PENDING)

    @pytest.mark.parametrize(
        "name",
        [
            b"a\0b.csv",
            b"a\nb.csv",
            b"\x1b[2J.csv",
            b"M\xfcller.csv",
            b"x" * 256,
            "\u202ex".encode(),
        ],
        ids=["NUL", "line break", "escape", "no UTF-8", "256 bytes", "right to left"],
    )
    def test_may_not_have_a_name_that_deceives_or_cannot_be_kept(self, acme, ada, name):
        with pytest.raises(asyncssh.SFTPFailure, match="name"):
            ada.open(PENDING.encode() + b"/" + name, "wb")
        assert acme.names() == []

    @pytest.mark.parametrize(
        "path",
        [
            f"/../globex/{PENDING}/theirs.csv",
            f"//globex/{PENDING}/theirs.csv",
            f"{PENDING}/../../globex/{PENDING}/theirs.csv",
            f"{PENDING}/./.././../globex/{RESULTS}/theirs.csv",
            f"{RESULTS}/../..//globex/{RESULTS}/theirs.csv",
            "/drop/globex",
            "/proc/self/root/etc/passwd",
            "~grace/roster.csv",
            f"{PENDING}/folder/roster.csv",
            f"{PENDING.upper()}/roster.csv",
            f"{PENDING} /roster.csv",
            "roster.csv",
            "/roster.csv",
            ".ssh/authorized_keys",
        ],
    )
    def test_goes_to_one_of_two_folders_by_whatever_path(self, acme, globex, ada, path):
        (globex.pending / "theirs.csv").write_text("theirs")
        for attempt in (lambda: ada.open(path, "wb"), lambda: ada.stat(path)):
            with pytest.raises(asyncssh.SFTPNoSuchFile, match="there are two folders"):
                attempt()
        assert acme.names() == []
        assert (globex.pending / "theirs.csv").read_text() == "theirs"
