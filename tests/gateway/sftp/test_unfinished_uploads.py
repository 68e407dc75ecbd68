"""Uploads that are not complete, as files on disk."""

import os
import time

import pytest

from gateway.sftp import unfinished_uploads
from gateway.sftp.folders import folders_of
from gateway.sftp.unfinished_uploads import PARTIAL_SECONDS
from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders


@pytest.fixture
def own(settings, tmp_path):
    return settings.model_copy(update={"home": tmp_path})


@pytest.fixture
def account(connection):
    return add_account(connection, "acme", "thoroughcare")


@pytest.fixture
def part(own, account):
    """Leaves a part of an upload that broke off."""

    def keep(name, content):
        upload = unfinished_uploads.begin(own, account, name)
        upload.write(0, content)
        upload.finish()
        unfinished_uploads.keep_partial(own, account, upload.path)

    return keep


def content(upload):
    return upload.path.read_bytes()


class TestResume:
    @pytest.fixture
    def resume(self, own, account):
        """Goes on with an upload as a session does."""
        ensure_folders(own, account)
        folders = folders_of(own, account, lambda: connect(own))

        def go_on(*, append):
            return unfinished_uploads.resume(own, account, "june.csv", folders.fetch, append=append)

        return go_on

    @pytest.fixture
    def waiting(self, own, account):
        ensure_folders(own, account)
        path = account_folder(own, account) / PENDING / "june.csv"
        path.write_bytes(b"waiting")
        return path

    @pytest.mark.usefixtures("waiting")
    def test_a_part_is_continued_rather_than_the_waiting_file(self, own, account, part, resume):
        part("june.csv", b"part")
        upload = resume(append=True)
        upload.write(0, b" and more")
        upload.finish()
        assert content(upload) == b"part and more"
        assert upload.was_part
        assert unfinished_uploads.list_partials(own, account) == {}

    def test_a_waiting_file_is_copied_and_stays_as_it_is(self, waiting, resume):
        upload = resume(append=False)
        upload.write(0, b"W")
        upload.finish()
        assert (content(upload), waiting.read_bytes()) == (b"Waiting", b"waiting")
        assert not upload.was_part

    def test_with_neither_it_is_an_empty_upload(self, resume):
        upload = resume(append=False)
        upload.finish()
        assert (content(upload), upload.size) == (b"", 0)


class TestParts:
    def test_a_later_part_of_a_name_replaces_the_earlier_one(self, own, account, part):
        part("june.csv", b"first")
        part("june.csv", b"2nd")
        assert {
            name: status.st_size
            for name, status in unfinished_uploads.list_partials(own, account).items()
        } == {"june.csv": 3}

    def test_a_part_is_dropped_once(self, own, account, part):
        part("june.csv", b"x")
        assert unfinished_uploads.drop_partial(own, account, "june.csv")
        assert not unfinished_uploads.drop_partial(own, account, "june.csv")

    def test_parts_of_one_account_are_not_those_of_another(self, own, part, connection):
        other = add_account(connection, "other", "thoroughcare")
        part("june.csv", b"x")
        assert unfinished_uploads.list_partials(own, other) == {}
        assert not unfinished_uploads.drop_partial(own, other, "june.csv")


def begin_new(own, account):
    return unfinished_uploads.begin(own, account, "june.csv")


def resume_one(own, account):
    return unfinished_uploads.resume(own, account, "june.csv", lambda *_: False, append=False)


class TestSweep:
    def test_parts_go_after_a_day(self, own, account, part):
        part("old.csv", b"x")
        part("new.csv", b"x")
        (old,) = own.uploads_dir.glob("*/partial-*/old.csv")
        past = time.time() - PARTIAL_SECONDS - 60
        os.utime(old.parent, (past, past))
        unfinished_uploads.sweep(own)
        assert list(unfinished_uploads.list_partials(own, account)) == ["new.csv"]

    @pytest.mark.parametrize("begin", [begin_new, resume_one])
    def test_what_a_killed_server_left_is_kept_as_a_part_and_what_is_open_is_left_alone(
        self, own, account, begin
    ):
        upload = begin(own, account)
        upload.write(0, b"half")
        upload.finish()
        unfinished_uploads.sweep(own, starting=True)
        assert unfinished_uploads.list_partials(own, account) == {}, "its server lives"
        upload.release()
        unfinished_uploads.sweep(own, starting=True)
        assert list(unfinished_uploads.list_partials(own, account)) == ["june.csv"]
        assert list(own.uploads_dir.glob("*/open-*")) == []

    def test_a_server_without_any_upload_has_nothing_to_sweep(self, own):
        unfinished_uploads.sweep(own)
