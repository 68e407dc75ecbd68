import os
import time
from datetime import UTC, datetime, timedelta
from itertools import count

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.landing.drop_folder import (
    PENDING,
    RESULTS,
    account_folder,
    ensure_folders,
    publish,
    register_ready,
    scan_pending,
    take_out,
)
from registry.ledger.imports import get_import, list_imports
from schemas.errors import NotAllowed, StorageUnavailable

QUIET = 5.0


class Folder:
    """An account's Pending folder, looked at with a clock of the test's own."""

    def __init__(self, connection, settings, account):
        self.connection, self.settings, self.account = connection, settings, account
        self.path = account_folder(settings, account) / PENDING
        self.now = 1000.0
        self.seen = {}
        seconds = count()
        noon = datetime(2026, 11, 21, 12, tzinfo=UTC)
        self.clock = lambda: noon + timedelta(seconds=next(seconds))

    def put(self, name, content="Ada\n", mtime=None):
        path = self.path / name
        path.write_text(content)
        if mtime is not None:
            os.utime(path, (mtime, mtime))
        return path

    def look(self, after=10.0, **limits):
        """One look, `after` seconds since the one before."""
        self.now += after
        looked = scan_pending(self.settings, self.account, self.seen, self.now)
        self.seen = register_ready(
            self.connection, self.settings, self.account, looked, self.clock, **limits
        )

    def states(self):
        """State and name of all imports, the first received first."""
        imports = list_imports(self.connection, account_id=self.account.id)
        return [(each.state, each.file_name) for each in reversed(imports)]

    def process(self):
        """What a run does in the end, to the only waiting import."""
        (imported,) = list_imports(self.connection, states=("waiting",))
        self.set_state(imported, "processing")
        taken = take_out(self.connection, self.settings, imported)
        self.set_state(imported, "completed")
        return taken

    def set_state(self, imported, state):
        self.connection.execute("update import set state = %s where id = %s", (state, imported.id))
        self.connection.commit()


@pytest.fixture
def home(database, tmp_path):
    return database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": QUIET})


@pytest.fixture
def account(connection):
    return add_account(connection, "acme", "thoroughcare")


@pytest.fixture
def folder(connection, home, account):
    connection.commit()
    ensure_folders(home, account)
    return Folder(connection, home, account)


class TestTakingFilesIn:
    def test_a_file_is_taken_in_at_the_second_look_and_only_once(self, folder):
        folder.put("roster.csv")
        folder.look()
        assert folder.states() == []
        for _ in range(3):
            folder.look()
        assert folder.states() == [("waiting", "roster.csv")]
        (imported,) = list_imports(folder.connection)
        assert (imported.source, imported.drop_name) == ("drop", "roster.csv")

    def test_an_upload_that_keeps_growing_is_left_alone_until_it_stands_still(self, folder):
        path = folder.put("roster.csv", "a")
        for _ in range(5):
            folder.look()
            with path.open("a") as upload:
                upload.write("more")
        assert folder.states() == []
        folder.look()
        folder.look()
        assert folder.states() == [("waiting", "roster.csv")]

    def test_a_file_that_grows_between_look_and_reading_is_left_alone(self, folder):
        path = folder.put("roster.csv", "half")
        folder.look()
        looked = scan_pending(folder.settings, folder.account, folder.seen, folder.now + 10)
        assert len(looked.ready) == 1
        path.write_text("half and half")
        register_ready(folder.connection, folder.settings, folder.account, looked, folder.clock)
        assert folder.states() == []

    @pytest.mark.parametrize("mtime", [0, 4_000_000_000])
    def test_modification_times_far_in_past_or_future_do_not_matter(self, folder, mtime):
        folder.put("roster.csv", mtime=mtime)
        os.utime(folder.path, (mtime, mtime))
        folder.look()
        assert folder.states() == []
        folder.look()
        assert folder.states() == [("waiting", "roster.csv")]

    def test_a_reboot_only_makes_it_wait_longer(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.now = 0.0
        folder.look(after=2)
        folder.look(after=2)
        assert folder.states() == []
        folder.look(after=4)
        assert folder.states() == [("waiting", "roster.csv")]

    def test_empty_files_count_and_folders_links_and_temporary_files_do_not(self, folder, tmp_path):
        folder.put("empty.csv", "")
        folder.put(".roster.csv")
        folder.put("roster.csv.filepart")
        (folder.path / "folder.csv").mkdir()
        (tmp_path / "secret").write_text("secret")
        (folder.path / "link.csv").symlink_to(tmp_path / "secret")
        os.mkfifo(folder.path / "pipe.csv")
        folder.look()
        folder.look()
        assert folder.states() == [("waiting", "empty.csv")]

    def test_files_come_in_the_order_in_which_they_were_written(self, folder):
        for age, name in enumerate(["c.csv", "a.csv", "b.csv"]):
            folder.put(name, name, mtime=1_000_000 + age)
        folder.look()
        folder.look()
        assert [name for _, name in folder.states()] == ["c.csv", "a.csv", "b.csv"]

    def test_a_forgotten_cursor_does_not_take_a_file_in_twice(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.look()
        folder.seen = {}
        folder.look()
        folder.look()
        assert folder.states() == [("waiting", "roster.csv")]

    def test_a_waiting_file_is_not_read_again_at_every_look(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.look()
        (archived,) = [path for path in folder.settings.archive_dir.rglob("*") if path.is_file()]
        archived.unlink()
        folder.look()
        assert not archived.exists()

    def test_a_call_stops_when_its_time_is_over_and_the_next_one_goes_on(self, folder):
        folder.put("a.csv", "a")
        folder.put("b.csv", "b")
        folder.look()
        folder.look(until=time.monotonic() - 1)
        assert folder.states() == []
        folder.look()
        assert len(folder.states()) == 2

    def test_one_file_that_is_too_large_does_not_keep_the_others_out(self, folder, caplog):
        folder.settings = folder.settings.model_copy(update={"max_file_bytes": 10})
        folder.put("jane-doe.csv", "x" * 11, mtime=1)
        folder.put("b.csv", "fits", mtime=2)
        folder.look()
        folder.look()
        assert folder.states() == [("waiting", "b.csv")]
        assert "1 files cannot be taken in: account=acme" in caplog.text
        assert "jane" not in caplog.text

    def test_a_name_that_is_no_utf8_is_imported_and_taken_out(self, folder):
        raw = os.path.join(os.fsencode(folder.path), b"M\xfcller.csv")  # noqa: PTH118 - bytes
        with open(raw, "wb") as file:  # noqa: PTH123
            file.write(b"x")
        folder.look()
        folder.look()
        folder.look()
        assert folder.states() == [("waiting", "M\ufffdller.csv")]
        assert folder.process()
        assert os.listdir(folder.path) == []  # noqa: PTH208

    def test_a_folder_that_is_away_is_told_and_withdraws_nothing(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.look()
        folder.path.rename(folder.path.with_name("away"))
        with pytest.raises(StorageUnavailable):
            folder.look()
        assert folder.states() == [("waiting", "roster.csv")]

    def test_an_account_of_several_facilities_leaves_it_to_the_rows(self, connection, home):
        clinics = add_account(connection, "clinics", "metriport")
        for name in ("North", "South"):
            add_facility(connection, clinics, name)
        connection.commit()
        ensure_folders(home, clinics)
        folder = Folder(connection, home, clinics)
        folder.put("roster.csv")
        folder.look()
        folder.look()
        (imported,) = list_imports(connection)
        assert imported.default_facility_id is None


class TestFilesThatChangeWhileTheyWait:
    def test_the_newer_replaces_the_older(self, folder):
        folder.put("roster.csv", "old")
        folder.look()
        folder.look()
        folder.put("roster.csv", "newer")
        folder.look()
        folder.look()
        newer, older = list_imports(folder.connection)
        assert (older.state, newer.state) == ("cancelled", "waiting")
        assert older.reason == f"replaced by {newer.partition_key} before it was processed"

    def test_the_older_still_counts_while_the_newer_is_half_uploaded(self, folder):
        folder.put("roster.csv", "old")
        folder.look()
        folder.look()
        folder.put("roster.csv", "hal")
        folder.look()
        assert folder.states() == [("waiting", "roster.csv")]

    def test_a_file_that_vanishes_is_withdrawn(self, folder):
        path = folder.put("roster.csv")
        folder.look()
        folder.look()
        path.unlink()
        folder.look()
        (imported,) = list_imports(folder.connection)
        assert imported.state == "cancelled"
        assert imported.reason == "withdrawn: the file was removed before it was processed"

    def test_a_withdrawn_file_that_comes_again_is_a_new_import(self, folder):
        folder.put("roster.csv").unlink()
        folder.put("roster.csv")
        folder.look()
        folder.look()
        (folder.path / "roster.csv").unlink()
        folder.look()
        folder.put("roster.csv")
        folder.look()
        folder.look()
        assert [state for state, _ in folder.states()] == ["cancelled", "waiting"]

    def test_what_a_person_cancelled_does_not_come_back_by_itself(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.look()
        folder.set_state(list_imports(folder.connection)[0], "cancelled")
        for _ in range(3):
            folder.look()
        assert [state for state, _ in folder.states()] == ["cancelled"]
        folder.put("roster.csv", "other bytes")
        folder.look()
        folder.look()
        assert [state for state, _ in folder.states()] == ["cancelled", "waiting"]

    def test_one_that_was_given_up_is_not_tried_for_ever(self, folder):
        folder.put("roster.csv")
        folder.look()
        folder.look()
        folder.set_state(list_imports(folder.connection)[0], "failed")
        for _ in range(3):
            folder.look()
        assert [state for state, _ in folder.states()] == ["failed"]


class TestTakingFilesOut:
    @pytest.fixture
    def imported(self, folder):
        folder.put("roster.csv", "first")
        folder.look()
        folder.look()
        (imported,) = list_imports(folder.connection)
        folder.set_state(imported, "processing")
        return imported

    def test_a_processed_file_leaves_pending_and_nothing_else_stays(self, folder, imported):
        assert take_out(folder.connection, folder.settings, imported)
        assert list(folder.path.iterdir()) == []
        assert {path.name for path in folder.path.parent.iterdir()} == {PENDING, RESULTS}
        assert get_import(folder.connection, str(imported.id)).drop_name is None

    def test_the_same_bytes_dropped_again_are_a_new_import(self, folder):
        for _ in range(3):
            folder.put("roster.csv", "same", mtime=1)
            folder.look()
            folder.look()
            assert folder.process()
        assert [state for state, _ in folder.states()] == ["completed"] * 3

    def test_the_same_bytes_are_noticed_even_when_no_stamp_tells_them_apart(self, folder):
        path = folder.put("roster.csv", "same")
        folder.look()
        folder.look()
        kept = path.with_name(".kept")
        kept.hardlink_to(path)
        assert folder.process()
        kept.rename(path)
        folder.look()
        assert [state for state, _ in folder.states()] == ["completed", "waiting"]

    def test_a_file_that_was_replaced_meanwhile_stays_and_is_imported_next(self, folder, imported):
        folder.put("roster.csv", "second")
        assert not take_out(folder.connection, folder.settings, imported)
        assert (folder.path / "roster.csv").read_text() == "second"
        folder.set_state(imported, "completed")
        folder.look()
        folder.look()
        assert [state for state, _ in folder.states()] == ["completed", "waiting"]

    def test_a_file_that_was_replaced_and_registered_meanwhile_stays(self, folder, imported):
        folder.put("roster.csv", "second")
        folder.look()
        folder.look()
        folder.put("roster.csv", "first")
        folder.look()
        folder.look()
        states = [state for state, _ in folder.states()]
        assert states == ["processing", "cancelled", "waiting"]
        assert not take_out(folder.connection, folder.settings, imported)
        assert (folder.path / "roster.csv").read_text() == "first"
        folder.look()
        assert folder.states()[-1][0] == "waiting"

    def test_a_file_that_comes_while_the_old_one_is_compared_is_not_overwritten(
        self, folder, imported
    ):
        (folder.path / "roster.csv").unlink()
        hidden = folder.path.parent / f".taken-{imported.id}"
        hidden.write_text("second")
        folder.put("roster.csv", "third")
        folder.put("roster_2.csv", "fourth")
        assert not take_out(folder.connection, folder.settings, imported)
        found = {path.name: path.read_text() for path in folder.path.iterdir()}
        assert found == {"roster.csv": "third", "roster_2.csv": "fourth", "roster_3.csv": "second"}
        assert not hidden.exists()

    def test_a_kill_while_it_is_compared_is_made_good_by_the_next_call(self, folder, imported):
        (folder.path / "roster.csv").rename(folder.path.parent / f".taken-{imported.id}")
        assert take_out(folder.connection, folder.settings, imported)
        assert {path.name for path in folder.path.parent.iterdir()} == {PENDING, RESULTS}

    def test_a_second_call_leaves_what_came_since(self, folder, imported):
        assert take_out(folder.connection, folder.settings, imported)
        folder.put("roster.csv", "first")
        assert not take_out(folder.connection, folder.settings, imported)
        assert (folder.path / "roster.csv").exists()

    def test_a_file_that_is_gone_is_no_trouble(self, folder, imported):
        (folder.path / "roster.csv").unlink()
        assert not take_out(folder.connection, folder.settings, imported)

    def test_a_link_that_took_its_place_stays(self, folder, imported, tmp_path):
        (folder.path / "roster.csv").unlink()
        (tmp_path / "elsewhere").write_text("first")
        (folder.path / "roster.csv").symlink_to(tmp_path / "elsewhere")
        assert not take_out(folder.connection, folder.settings, imported)
        assert (folder.path / "roster.csv").is_symlink()

    def test_an_import_of_another_door_has_nothing_to_take_out(self, folder, imported):
        folder.connection.execute("update import set drop_name = null")
        other = get_import(folder.connection, str(imported.id))
        assert not take_out(folder.connection, folder.settings, other)
        assert (folder.path / "roster.csv").exists()


class TestPublishingResults:
    @pytest.fixture
    def source(self, tmp_path):
        path = tmp_path / "result.csv"
        path.write_text("Result\r\nCreated\r\n")
        return path

    def test_a_result_is_there_whole_and_read_only(self, home, account, source):
        assert publish(home, account, "2026-11-21_roster.csv", source)
        (result,) = (account_folder(home, account) / RESULTS).iterdir()
        assert result.name == "2026-11-21_roster.csv"
        assert result.read_bytes() == source.read_bytes()
        assert result.stat().st_mode & 0o777 == 0o400 | (result.parent.stat().st_mode & 0o044)
        assert result.stat().st_nlink == 1

    @pytest.mark.parametrize(("folder", "file"), [(0o700, 0o400), (0o750, 0o440), (0o2755, 0o444)])
    def test_a_result_is_read_by_who_may_read_its_folder(self, home, account, source, folder, file):
        results = account_folder(home, account) / RESULTS
        results.mkdir(parents=True)
        results.chmod(folder)
        assert publish(home, account, "result.csv", source)
        assert (results / "result.csv").stat().st_mode & 0o777 == file

    def test_publishing_again_changes_nothing(self, home, account, source):
        assert publish(home, account, "roster.csv", source)
        assert publish(home, account, "roster.csv", source)
        assert len(list((account_folder(home, account) / RESULTS).iterdir())) == 1

    def test_another_file_of_that_name_is_never_overwritten(self, home, account, source):
        assert publish(home, account, "roster.csv", source)
        source.write_text("another result")
        assert not publish(home, account, "roster.csv", source)
        (result,) = (account_folder(home, account) / RESULTS).iterdir()
        assert result.read_text() == "Result\nCreated\n"

    @pytest.mark.parametrize("name", ["../roster.csv", "/roster.csv", "a/b.csv", "..", ""])
    def test_a_name_that_leads_elsewhere_is_refused(self, home, account, source, name):
        with pytest.raises(NotAllowed):
            publish(home, account, name, source)

    def test_a_folder_that_cannot_be_made_is_told(self, home, account, source):
        blocked = home.model_copy(update={"home": source / "below-a-file"})
        with pytest.raises(StorageUnavailable, match="put a result in"):
            publish(blocked, account, "roster.csv", source)
