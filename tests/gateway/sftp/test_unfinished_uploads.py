"""Uploads that are not complete, as files on disk."""

import os
import time

import pytest

from gateway.sftp import unfinished_uploads
from gateway.sftp.unfinished_uploads import PARTIAL_SECONDS
from registry.accounts.accounts import add_account


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
    def test_a_part_is_continued_rather_than_the_waiting_file(self, own, account, part, tmp_path):
        part("june.csv", b"part")
        waiting = tmp_path / "waiting.csv"
        waiting.write_bytes(b"waiting")
        upload = unfinished_uploads.resume(own, account, "june.csv", waiting, append=True)
        upload.write(0, b" and more")
        upload.finish()
        assert content(upload) == b"part and more"
        assert upload.was_part
        assert unfinished_uploads.list_partials(own, account) == {}

    def test_a_waiting_file_is_copied_and_stays_as_it_is(self, own, account, tmp_path):
        waiting = tmp_path / "waiting.csv"
        waiting.write_bytes(b"waiting")
        upload = unfinished_uploads.resume(own, account, "june.csv", waiting, append=False)
        upload.write(0, b"W")
        upload.finish()
        assert (content(upload), waiting.read_bytes()) == (b"Waiting", b"waiting")
        assert not upload.was_part

    def test_with_neither_it_is_an_empty_upload(self, own, account):
        upload = unfinished_uploads.resume(own, account, "june.csv", None, append=False)
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


class TestSweep:
    def test_parts_go_after_a_day(self, own, account, part):
        part("old.csv", b"x")
        part("new.csv", b"x")
        (old,) = own.uploads_dir.glob("*/partial-*/old.csv")
        past = time.time() - PARTIAL_SECONDS - 60
        os.utime(old.parent, (past, past))
        unfinished_uploads.sweep(own)
        assert list(unfinished_uploads.list_partials(own, account)) == ["new.csv"]

    def test_an_open_upload_is_kept_as_a_part_at_the_start_only(self, own, account):
        upload = unfinished_uploads.begin(own, account, "june.csv")
        upload.write(0, b"half")
        upload.finish()
        unfinished_uploads.sweep(own)
        assert unfinished_uploads.list_partials(own, account) == {}
        unfinished_uploads.sweep(own, starting=True)
        assert list(unfinished_uploads.list_partials(own, account)) == ["june.csv"]
        assert list(own.uploads_dir.glob("*/open-*")) == []

    def test_a_server_without_any_upload_has_nothing_to_sweep(self, own):
        unfinished_uploads.sweep(own, starting=True)
