import os
import resource
import stat
import subprocess
import threading
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.landing.receive import archive, archived_path, receive
from registry.landing.stability import FileStamp
from schemas.errors import NotAllowed, NotFound, StorageUnavailable
from tests.processes import four_processes

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


@pytest.fixture
def home(settings, tmp_path):
    return settings.model_copy(update={"home": tmp_path / "home"})


@pytest.fixture
def roster(tmp_path):
    path = tmp_path / "roster.csv"
    path.write_bytes(b"Patient First Name\r\nAda\r\n")
    return path


def archived_files(settings):
    return [path for path in settings.archive_dir.rglob("*") if path.is_file()]


def archive_one(settings, path):
    """For a pool of processes: a function that can be found by name."""
    return archive(settings, path)


class TestTheArchive:
    def test_bytes_lie_under_their_own_digest_and_cannot_be_written(self, home, roster):
        archived = archive(home, roster)
        path = archived_path(home, archived.sha256)
        assert path == home.archive_dir / archived.sha256[:2] / archived.sha256
        assert path.read_bytes() == roster.read_bytes()
        assert archived.byte_count == roster.stat().st_size
        assert stat.S_IMODE(path.stat().st_mode) == 0o440

    def test_an_empty_file_is_kept_like_any_other(self, home, tmp_path):
        (tmp_path / "empty.csv").touch()
        assert archive(home, tmp_path / "empty.csv").byte_count == 0

    def test_the_same_bytes_again_are_the_same_file(self, home, roster):
        assert archive(home, roster) == archive(home, roster)
        assert len(archived_files(home)) == 1

    def test_bytes_that_a_disk_spoilt_are_mended_when_they_come_again(self, home, roster):
        path = archived_path(home, archive(home, roster).sha256)
        path.chmod(0o600)
        path.write_bytes(b"")
        archive(home, roster)
        assert path.read_bytes() == roster.read_bytes()

    def test_many_processes_archive_the_same_bytes_at_once(self, home, tmp_path):
        source = tmp_path / "large.csv"
        source.write_bytes(os.urandom(3_000_000))
        with four_processes() as pool:
            found = set(pool.map(archive_one, [home] * 12, [source] * 12))
        assert len(found) == 1
        (path,) = archived_files(home)
        assert path.read_bytes() == source.read_bytes()

    def test_a_reader_keeps_its_bytes_while_they_are_archived_again(self, home, roster):
        with archived_path(home, archive(home, roster).sha256).open("rb") as reader:
            archive(home, roster)
            assert reader.read() == roster.read_bytes()

    def test_bytes_that_are_gone_are_told_with_what_to_do(self, home):
        with pytest.raises(StorageUnavailable, match="mount or restore the archive folder"):
            archived_path(home, "0" * 64)


class TestFilesThatAreRefused:
    def test_one_too_large_leaves_nothing(self, home, roster):
        tight = home.model_copy(update={"max_file_bytes": 10})
        with pytest.raises(NotAllowed, match="25 bytes, 10 are allowed"):
            archive(tight, roster)
        assert archived_files(home) == []

    def test_one_of_just_the_allowed_size_is_taken(self, home, roster):
        exact = home.model_copy(update={"max_file_bytes": roster.stat().st_size})
        assert archive(exact, roster).byte_count == exact.max_file_bytes

    def test_one_that_is_not_there(self, home, tmp_path):
        with pytest.raises(NotFound, match="no file"):
            archive(home, tmp_path / "none.csv")

    def test_a_named_pipe_does_not_make_us_wait(self, home, tmp_path):
        os.mkfifo(tmp_path / "pipe.csv")
        with pytest.raises(NotAllowed, match="not a plain file"):
            archive(home, tmp_path / "pipe.csv")

    def test_one_that_grows_faster_than_it_is_read(self, home, tmp_path):
        path = tmp_path / "growing.csv"
        path.write_bytes(b"x" * 20_000_000)
        over = threading.Event()

        def grow():
            with path.open("ab") as file:
                while not over.is_set():
                    file.write(b"y" * 4_000_000)
                    file.flush()

        writer = threading.Thread(target=grow)
        writer.start()
        try:
            with pytest.raises(NotAllowed, match="changed while it was read"):
                archive(home, path)
        finally:
            over.set()
            writer.join()
        assert archived_files(home) == []

    def test_one_that_was_replaced_while_it_was_read_is_read_to_its_own_end(self, home, tmp_path):
        path, other = tmp_path / "roster.csv", tmp_path / "other.csv"
        path.write_bytes(b"a" * 50_000_000)
        other.write_bytes(b"b" * 50_000_000)
        replacer = threading.Timer(0.005, other.replace, [path])
        replacer.start()
        archived = archive(home, path)
        replacer.join()
        assert len(set(archived_path(home, archived.sha256).read_bytes())) == 1

    def test_one_that_is_another_than_was_seen(self, home, roster):
        seen = FileStamp.of(roster.stat())
        roster.write_bytes(b"something else")
        with pytest.raises(NotAllowed, match="changed"):
            archive(home, roster, seen=seen)

    def test_a_link_that_took_the_place_of_what_was_seen(self, home, roster, tmp_path):
        link = tmp_path / "link.csv"
        link.symlink_to(roster)
        with pytest.raises(StorageUnavailable):
            archive(home, link, seen=FileStamp.of(roster.stat()))


class TestTroubleWithTheDisk:
    def test_a_full_disk_leaves_no_half_file_and_says_what_to_do(self, home, tmp_path):
        disk = tmp_path / "tiny"
        disk.mkdir()
        mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", str(disk)]
        if os.getuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
            pytest.skip("only root may mount a disk to fill")
        try:
            full = home.model_copy(update={"home": disk, "disk_reserve_bytes": 0})
            self.refuse_large_file(full, tmp_path)
            small = tmp_path / "small.csv"
            small.write_bytes(b"fits")
            assert archived_path(full, archive(full, small).sha256).read_bytes() == b"fits"
        finally:
            subprocess.run(["umount", str(disk)], check=True)  # noqa: S607 - wherever it is

    def test_a_limit_on_file_sizes_is_told_like_a_full_disk(self, home, tmp_path):
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        large = tmp_path / "large.csv"
        large.write_bytes(b"x" * 2_000_000)
        resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, hard))
        try:
            with pytest.raises(StorageUnavailable, match="File too large"):
                archive(home, large)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        assert archived_files(home) == []

    def test_a_home_that_cannot_be_made_is_told(self, home, roster):
        blocked = home.model_copy(update={"home": roster / "below-a-file"})
        with pytest.raises(StorageUnavailable, match="keep a received file in"):
            archive(blocked, roster)

    @staticmethod
    def refuse_large_file(full, tmp_path):
        large = tmp_path / "large.csv"
        large.write_bytes(b"x" * 2_000_000)
        with pytest.raises(StorageUnavailable, match="No space left on device"):
            archive(full, large)
        assert archived_files(full) == []


class TestReceiving:
    @pytest.fixture
    def account(self, connection):
        return add_account(connection, "acme", "thoroughcare", "America/New_York")

    def test_what_was_received_waits_in_the_ledger_and_survives_a_rollback(
        self, connection, home, account, roster
    ):
        imported = receive(connection, home, account, roster, source="cli", received_at=NOON)
        connection.rollback()
        row = connection.execute("select state, sha256, claims from import").fetchone()
        assert row == ("waiting", imported.sha256, 0)
        assert archived_path(home, imported.sha256).read_bytes() == roster.read_bytes()

    @pytest.mark.dated
    def test_the_partition_key_starts_with_the_day_at_the_senders(
        self, connection, home, account, roster
    ):
        late = datetime(2026, 11, 22, 4, 59, tzinfo=UTC)
        imported = receive(connection, home, account, roster, source="cli", received_at=late)
        assert imported.partition_key == f"2026-11-21_acme_{imported.id.hex[-10:]}"

    def test_the_same_bytes_twice_are_two_imports(self, connection, home, account, roster):
        keys = {
            receive(connection, home, account, roster, source="cli", received_at=NOON).id
            for _ in range(2)
        }
        assert len(keys) == 2

    def test_nothing_is_entered_when_the_bytes_cannot_be_kept(
        self, connection, home, account, roster
    ):
        blocked = home.model_copy(update={"home": roster / "below-a-file"})
        with pytest.raises(StorageUnavailable):
            receive(connection, blocked, account, roster, source="cli", received_at=NOON)
        assert connection.execute("select count(*) from import").fetchone() == (0,)

    def test_a_format_that_does_not_exist_is_refused_before_anything_is_kept(
        self, connection, home, account, roster
    ):
        with pytest.raises(NotFound):
            receive(
                connection, home, account, roster, source="cli", received_at=NOON, file_format="x"
            )
        assert archived_files(home) == []


class TestTheFacilityOfRowsThatNameNone:
    @pytest.fixture
    def account(self, connection):
        return add_account(connection, "clinics", "metriport")

    def received(self, connection, home, account, roster, facility_id=None):
        return receive(
            connection,
            home,
            account,
            roster,
            source="cli",
            received_at=NOON,
            default_facility_id=facility_id,
        ).default_facility_id

    def test_is_the_only_one(self, connection, home, account, roster):
        only = add_facility(connection, account, "North")
        assert self.received(connection, home, account, roster) == only.id

    def test_must_be_named_where_there_are_several(self, connection, home, account, roster):
        facilities = [add_facility(connection, account, name) for name in ("North", "South")]
        with pytest.raises(NotAllowed, match=r"North \(.*, South \("):
            self.received(connection, home, account, roster)
        given = facilities[1].id
        assert self.received(connection, home, account, roster, given) == given

    def test_is_none_where_there_is_none(self, connection, home, account, roster):
        assert self.received(connection, home, account, roster) is None

    def test_cannot_be_one_of_another_account(self, connection, home, account, roster):
        other = add_facility(connection, add_account(connection, "other", "metriport"), "Theirs")
        with pytest.raises(NotFound, match="has no facility"):
            self.received(connection, home, account, roster, other.id)
        with pytest.raises(NotFound):
            self.received(connection, home, account, roster, uuid4())
