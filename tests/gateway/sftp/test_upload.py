"""A large upload is copied for the archive while it comes, whatever order its bytes come in."""

import hashlib
import os
import resource
import threading
import time
from contextlib import suppress
from itertools import count

import pytest
from asyncssh.constants import FXF_CREAT, FXF_WRITE

from gateway.sftp import unfinished_uploads
from gateway.sftp.account_files import AccountFiles
from gateway.sftp.service import SftpService
from gateway.sftp.unfinished_uploads import PARTIAL_SECONDS
from gateway.sftp.upload import STEP_BYTES, Upload
from registry.landing.drop_folder import PENDING
from registry.landing.receive import archive, archived_path
from registry.store.durable_files import DRAFT_PREFIX
from schemas.errors import StorageUnavailable
from tests.waiting import eventually

PIECE = 1000
STEP = 4 * PIECE
PIECES = [bytes([number]) * PIECE for number in range(12)]
WHOLE = b"".join(PIECES)
"""Three steps of four pieces; the copy is one step behind."""


@pytest.fixture
def home(settings, tmp_path):
    return settings.model_copy(update={"home": tmp_path / "home"})


@pytest.fixture
def begin(home, tmp_path):
    begun, numbers = [], count()

    def one(name="roster.csv", content=b"", *, append=False):
        path = tmp_path / f"open-{next(numbers)}" / name
        path.parent.mkdir()
        path.write_bytes(content)
        begun.append(Upload(home, path, append=append, step_bytes=STEP))
        return begun[-1]

    yield one
    for upload in begun:
        upload.finish()
        upload.discard()


def send(upload, order=range(12)):
    """Write as a session does, with each step taken before the next piece comes."""
    for number in order:
        upload.write(number * PIECE, PIECES[number])
        if step := upload.begin_step():
            step()


def copied(upload):
    """How many bytes the archive's copy has; 0 if it cannot be continued."""
    copy = upload.begun_copy()
    return copy.byte_count if copy else 0


def drafts(home):
    return list(home.archive_dir.glob(f"{DRAFT_PREFIX}*"))


def taken_in(home, upload):
    """What the archive holds in the end."""
    upload.finish()
    archived = archive(home, upload.path, begun=upload.begun_copy())
    upload.discard()
    assert drafts(home) == []
    content = archived_path(home, archived.sha256).read_bytes()
    assert hashlib.sha256(content).hexdigest() == archived.sha256
    return content


class TestTheCopy:
    def test_is_made_while_the_upload_comes_one_step_behind(self, home, begin):
        upload = begin()
        send(upload)
        assert copied(upload) == 2 * STEP
        assert taken_in(home, upload) == WHOLE

    def test_bears_that_requests_under_way_are_done_in_any_order(self, home, begin):
        upload = begin()
        send(upload, [1, 0, 3, 2, 6, 5, 4, 8, 7, 11, 10, 9])
        assert copied(upload) >= 2 * STEP
        assert taken_in(home, upload) == WHOLE

    @pytest.mark.parametrize("at", [0, 1, 3 * PIECE, 2 * STEP - 1])
    def test_is_made_anew_when_the_sender_writes_over_what_was_copied(self, home, begin, at):
        upload = begin()
        send(upload)
        upload.write(at, b"xx")
        assert copied(upload) == 0
        assert taken_in(home, upload) == WHOLE[:at] + b"xx" + WHOLE[at + 2 :]

    def test_is_made_anew_when_that_happens_before_the_step_was_taken(self, home, begin):
        upload = begin()
        send(upload, range(4))
        for number in range(4, 8):
            upload.write(number * PIECE, PIECES[number])
        step = upload.begin_step()
        upload.write(0, b"xx")
        step()
        assert copied(upload) == 0
        assert taken_in(home, upload) == b"xx" + WHOLE[2 : 2 * STEP]

    def test_stays_good_when_the_sender_writes_over_what_was_not_copied(self, home, begin):
        upload = begin()
        send(upload)
        upload.write(2 * STEP, b"xx")
        assert copied(upload) == 2 * STEP
        assert taken_in(home, upload) == WHOLE[: 2 * STEP] + b"xx" + WHOLE[2 * STEP + 2 :]

    def test_of_a_gap_that_is_filled_at_last_is_made_anew(self, home, begin):
        upload = begin()
        send(upload, [*range(1, 12), 0])
        assert copied(upload) == 0
        assert taken_in(home, upload) == WHOLE

    @pytest.mark.parametrize("append", [True, False])
    def test_of_a_resumed_upload_holds_what_was_there_before(self, home, begin, append):
        upload = begin(content=WHOLE[: 10 * PIECE], append=append)
        send(upload, range(10, 12))
        for _ in range(3):
            upload.write(upload.size, PIECES[0] * 4)
            upload.begin_step()()
        assert copied(upload) > 12 * PIECE
        assert taken_in(home, upload) == WHOLE + PIECES[0] * 12

    def test_is_not_made_of_a_small_upload_nor_of_one_under_a_temporary_name(self, home, begin):
        small, temporary = begin(), begin("roster.csv.part")
        send(small, range(3))
        send(temporary)
        assert copied(small) == copied(temporary) == 0
        assert not home.archive_dir.exists()
        assert taken_in(home, small) == WHOLE[: 3 * PIECE]

    def test_that_finds_no_room_is_given_up_and_reported_only_at_the_end(self, home, begin):
        home.home.mkdir()
        home.archive_dir.touch()
        upload = begin()
        send(upload)
        assert (upload.broken, copied(upload)) == (None, 0)
        with pytest.raises(StorageUnavailable):
            taken_in(home, upload)
        home.archive_dir.unlink()
        assert taken_in(home, upload) == WHOLE

    def test_that_runs_out_of_room_is_given_up_too(self, home, begin):
        upload = begin()
        send(upload, range(8))
        for number in range(8, 12):
            upload.write(number * PIECE, PIECES[number])
        limits = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (STEP + 10, limits[1]))
        try:
            upload.begin_step()()
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        assert (upload.broken, copied(upload), drafts(home)) == (None, 0, [])
        assert taken_in(home, upload) == WHOLE


class TestAStep:
    def test_that_comes_after_the_end_does_nothing(self, home, begin):
        upload = begin()
        send(upload, range(4))
        for number in range(4, 8):
            upload.write(number * PIECE, PIECES[number])
        step = upload.begin_step()
        upload.finish()
        step()
        assert copied(upload) == 0
        assert not home.archive_dir.exists()

    def test_and_the_end_do_not_meet(self, home, begin):
        for _ in range(50):
            upload = begin()
            threads = []
            for number in range(12):
                upload.write(number * PIECE, PIECES[number])
                if step := upload.begin_step():
                    threads.append(threading.Thread(target=step))
                    threads[-1].start()
            assert taken_in(home, upload) == WHOLE
            for thread in threads:
                thread.join()
        assert drafts(home) == []


class TestADiskThatLosesWhatWasWritten:
    @pytest.fixture
    def lost(self, acme):
        """An upload whose file cannot be synced. A pipe stands for a disk that fails."""
        files = AccountFiles(SftpService(acme.settings), acme.account)
        upload = files.begin("roster.csv", FXF_WRITE | FXF_CREAT)
        upload.write(0, WHOLE)
        upload.write(0, bytes(STEP_BYTES))
        pipe = os.pipe()
        os.dup2(pipe[1], upload._descriptor)
        yield files, upload
        for each in pipe:
            os.close(each)

    @pytest.mark.parametrize(
        "sync", [lambda upload: upload.begin_step()(), lambda upload: upload.sync()]
    )
    def test_breaks_the_upload_whichever_call_fails_first(self, lost, sync):
        _, upload = lost
        with suppress(OSError):
            sync(upload)
        assert upload.broken == "Invalid argument"

    def test_is_found_at_the_end_although_only_a_step_failed(self, acme, lost):
        files, upload = lost
        upload.begin_step()()
        whole = os.open(upload.path, os.O_RDWR)
        os.dup2(whole, upload._descriptor)
        os.close(whole)
        with pytest.raises(OSError, match="Invalid argument"):
            files.take_in(upload)
        files.keep_part(upload)
        assert (acme.names(), acme.imports(), acme.unfinished()) == ([], [], [])


class TestALargeUploadOverAConnection:
    SIZE = 2 * STEP_BYTES + PIECE

    @pytest.fixture
    def begun(self, acme, ada):
        """It was sent, but not closed; part of it is on its way into the archive."""
        file = ada.begin(f"{PENDING}/roster.csv", bytes(self.SIZE))
        eventually(lambda: [path for path in drafts(acme.settings) if path.stat().st_size])
        return file

    def test_ends_with_the_copy_that_was_begun(self, acme, ada, begun):
        (draft,) = drafts(acme.settings)
        inode = draft.stat().st_ino
        ada.run(begun.close())
        (imported,) = acme.imports()
        path = archived_path(acme.settings, imported.sha256)
        assert path.stat().st_ino == inode
        assert path.read_bytes() == bytes(self.SIZE)
        assert drafts(acme.settings) == []
        waiting = acme.pending / "roster.csv"
        assert waiting.read_bytes() == bytes(self.SIZE)
        assert not waiting.samefile(path)

    @pytest.mark.usefixtures("begun")
    def test_that_breaks_off_leaves_nothing_in_the_archive(self, acme, ada):
        ada.abort()
        eventually(lambda: acme.events("upload"))
        assert drafts(acme.settings) == []
        assert acme.unfinished() == [self.SIZE]


def test_unfinished_copies_of_killed_servers_are_removed_after_a_day(home):
    home.archive_dir.mkdir(parents=True)
    old, young = (home.archive_dir / f"{DRAFT_PREFIX}{age}" for age in ("old", "young"))
    kept = home.archive_dir / "ab" / "abc"
    kept.parent.mkdir()
    long_ago = time.time() - PARTIAL_SECONDS - 10
    for path in (old, young, kept):
        path.write_bytes(b"x")
    for path in (old, kept):
        os.utime(path, (long_ago, long_ago))
    unfinished_uploads.sweep(home)
    assert not old.exists()
    assert young.exists()
    assert kept.exists()
