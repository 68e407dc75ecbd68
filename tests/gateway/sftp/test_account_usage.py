"""The limits of one account, without a server."""

import pytest

from gateway.sftp import unfinished_uploads
from gateway.sftp.account_usage import AccountUsage
from gateway.sftp.folders import folders_of
from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders


@pytest.fixture
def usage(database, connection, tmp_path):
    limits = {
        "max_file_bytes": 1000, "sftp_max_waiting_bytes": 1600, "sftp_max_waiting_files": 2,
        "sftp_max_sessions": 2,
    }  # fmt: skip
    own = database.model_copy(update={"home": tmp_path, **limits})
    account = add_account(connection, "acme", "thoroughcare")
    ensure_folders(own, account)
    return AccountUsage(own, account, folders_of(own, account, lambda: connect(own)))


def put(usage, name, size):
    (account_folder(usage.settings, usage.account) / PENDING / name).write_bytes(bytes(size))


@pytest.fixture
def open_upload(usage):
    """Begins an upload as a session does; all are closed at the end."""
    opened = []

    def begin(name):
        upload = unfinished_uploads.begin(usage.settings, usage.account, name)
        opened.append(upload)
        usage.begin(upload)
        return upload

    yield begin
    for each in opened:
        each.finish()


def test_connections_at_other_processes_count(usage):
    assert usage.refuse_another_connection(everywhere=1) is None
    assert "2 sessions" in usage.refuse_another_connection(everywhere=2)


def test_connections_are_limited(usage):
    usage.connections = 1
    assert usage.refuse_another_connection() is None
    usage.connections = 2
    assert usage.refuse_another_connection() == "this account has 2 sessions already; close one"


class TestFiles:
    def test_waiting_open_and_broken_uploads_count_together(self, usage, open_upload):
        assert usage.refuse_another_file("a.csv") is None
        put(usage, "waiting.csv", 1)
        open_upload("open.csv")
        refused = usage.refuse_another_file("a.csv")
        assert refused == "2 files wait already; they are processed tonight, or delete some"

    def test_a_part_counts_as_a_file(self, usage, open_upload):
        put(usage, "waiting.csv", 1)
        upload = open_upload("broken.csv")
        upload.finish()
        unfinished_uploads.keep_partial(usage.settings, usage.account, upload.path)
        usage.end(upload)
        assert usage.refuse_another_file("a.csv")

    @pytest.mark.parametrize("name", ["waiting.csv", "open.csv"])
    def test_a_name_that_exists_takes_no_more_room(self, usage, open_upload, name):
        put(usage, "waiting.csv", 1)
        open_upload("open.csv")
        assert usage.refuse_another_file(name) is None


class TestBytes:
    def test_a_file_may_grow_to_its_limit_and_no_further(self, usage, open_upload):
        open_upload("a.csv")
        assert usage.grow(1000, 1000) is None
        assert usage.grow(1001, 1) == "a file may have 1,000 bytes; split it"
        assert usage.open_bytes == 1000, "refused bytes do not count"

    def test_waiting_and_open_files_share_one_limit(self, usage, open_upload):
        put(usage, "waiting.csv", 900)
        assert usage.refuse_another_file("a.csv") is None
        open_upload("a.csv")
        assert usage.grow(700, 700) is None
        assert usage.grow(701, 1) == "waiting files may have 1,600 bytes together"

    def test_a_deleted_file_frees_its_bytes_at_the_next_look(self, usage):
        put(usage, "waiting.csv", 900)
        usage.refuse_another_file("a.csv")
        assert usage.kept_bytes == 900
        (account_folder(usage.settings, usage.account) / PENDING / "waiting.csv").unlink()
        usage.refuse_another_file("a.csv")
        assert usage.kept_bytes == 0

    def test_a_closed_upload_counts_as_kept(self, usage, open_upload):
        upload = open_upload("a.csv")
        usage.grow(600, 600)
        upload.write(0, bytes(600))
        usage.end(upload)
        assert (usage.open_bytes, usage.kept_bytes, usage.uploads) == (0, 600, set())

    def test_a_resumed_part_is_not_counted_twice(self, usage, open_upload):
        first = open_upload("a.csv")
        usage.grow(600, 600)
        first.write(0, bytes(600))
        first.finish()
        unfinished_uploads.keep_partial(usage.settings, usage.account, first.path)
        usage.end(first)
        assert usage.refuse_another_file("a.csv") is None
        resumed = unfinished_uploads.resume(
            usage.settings, usage.account, "a.csv", usage.folders.fetch, append=True
        )
        usage.begin(resumed)
        assert (usage.open_bytes, usage.kept_bytes) == (600, 0)
        resumed.finish()
