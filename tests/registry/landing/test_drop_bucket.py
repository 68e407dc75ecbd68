"""A bucket as drop folder: taken in once, answered, and removed only as what was imported."""

import time
from datetime import UTC, datetime

import obstore
import pytest

from registry.accounts.accounts import add_account
from registry.landing import drop_bucket
from registry.landing.answered import publisher, take_out
from registry.landing.archive_copy import archive_key
from registry.landing.drop_folder import PENDING, RESULTS, ensure_folders
from registry.landing.helper_files import TOO_LARGE
from registry.landing.intake import look as look_into_folders
from registry.landing.pending_in_store import land
from registry.landing.upload_record import REPLACED, TAKEN_BACK
from registry.ledger.imports import list_imports
from registry.store import sender_bucket, store_of
from schemas.errors import StorageUnavailable
from tests.files import care, maria
from tests.importing import process


class Sender:
    """A partner who puts objects into the bucket with a client of their own."""

    def __init__(self, connection, settings, bucket, account):
        self.connection, self.settings = connection, settings
        self.bucket, self.account = bucket, account
        self.pending = f"drop/{account.name}/{PENDING}"
        self.results = f"drop/{account.name}/{RESULTS}"

    def put(self, name, content=b"Ada\n"):
        self.bucket.put(f"{self.pending}/{name}", content)

    def delete(self, name):
        self.bucket.delete(f"{self.pending}/{name}")

    def look(self, **how):
        drop_bucket.look(self.connection, self.settings, [self.account], **how)

    def imports(self):
        return list_imports(self.connection, account_id=self.account.id)[::-1]

    def states(self):
        return [(each.state, each.file_name) for each in self.imports()]

    def names(self):
        """What is in Pending."""
        return [each.rpartition("/")[2] for each in self.bucket.keys(self.pending)]

    def record(self):
        """The lines of all records."""
        keys = [each for each in self.bucket.keys(self.results) if "not imported" in each]
        text = "".join(self.bucket.get(each).decode() for each in keys)
        return [line.split(",", 1)[1] for line in text.splitlines() if line[:2] == "20"]

    def finish(self, imported):
        """What a run does in the end."""
        self.connection.execute("UPDATE import SET state = 'processing'")
        taken = take_out(self.connection, self.settings, imported)
        self.connection.execute(
            "UPDATE import SET state = 'completed' WHERE id = %s", (imported.id,)
        )
        self.connection.commit()
        return taken


@pytest.fixture(params=["store", "partner"])
def own(request, database, bucket, tmp_path):
    """The drop folder is in the bucket that is the store, or in one of a partner's."""
    where = {"store_url": bucket.url} if request.param == "store" else {
        "drop_url": f"{bucket.url}/drop"
    }  # fmt: skip
    return database.model_copy(update={"home": tmp_path / "home", **where})


@pytest.fixture
def sender(connection, own, bucket):
    account = add_account(connection, "acme", "thoroughcare", "America/New_York")
    connection.commit()
    return Sender(connection, own, bucket, account)


class TestTakingIn:
    def test_an_object_is_taken_in_at_the_first_look_and_only_once(self, sender):
        sender.put("roster.csv")
        for _ in range(3):
            sender.look()
        (imported,) = sender.imports()
        assert (imported.state, imported.source) == ("waiting", "drop")
        assert (imported.file_name, imported.drop_name) == ("roster.csv", "roster.csv")
        archived = store_of(sender.settings).read(archive_key(imported.sha256))
        assert (archived, imported.byte_count) == (b"Ada\n", 4)
        assert sender.names() == ["roster.csv"], "it stays until its result is there"

    def test_a_large_object_comes_in_pieces_and_whole(self, sender):
        content = bytes(range(256)) * 4096 * 40  # 40 MiB
        sender.put("roster.csv", content)
        sender.look()
        (imported,) = sender.imports()
        assert store_of(sender.settings).read(archive_key(imported.sha256)) == content

    def test_empty_objects_count_and_folders_and_temporary_names_do_not(self, sender):
        for name in ("empty.csv", ".hidden.csv", "roster.csv.filepart", "sub/below.csv", ""):
            sender.put(name, b"")
        sender.look()
        assert sender.states() == [("waiting", "empty.csv")]

    def test_objects_come_in_the_order_in_which_they_were_put(self, sender):
        for name in ("c.csv", "a.csv", "b.csv"):
            sender.put(name, name.encode())
            time.sleep(1.1)  # the bucket notes whole seconds
        sender.look()
        assert [name for _, name in sender.states()] == ["c.csv", "a.csv", "b.csv"]

    @pytest.mark.parametrize("name", ["Müller (März).csv", "a b.csv", "100%20 #1.csv", "a\\b.csv"])
    def test_names_may_look_odd(self, sender, name):
        sender.put(name)
        sender.look()
        (imported,) = sender.imports()
        assert imported.file_name == name
        assert sender.finish(imported)
        assert sender.names() == []

    def test_one_that_is_too_large_is_left_and_the_others_are_taken_in(self, sender):
        sender.settings = sender.settings.model_copy(update={"max_file_bytes": 5})
        sender.put("large.csv", b"123456")
        sender.put("small.csv", b"12345")
        sender.look()
        assert sender.states() == [("waiting", "small.csv")]
        sender.look()
        assert sender.record() == [f'large.csv,,"{TOO_LARGE}"']

    def test_a_look_stops_in_time_and_the_next_one_goes_on(self, sender):
        for number in range(3):
            sender.put(f"{number}.csv", str(number).encode())
        sender.look(seconds=0)
        assert len(sender.imports()) < 3
        sender.look()
        assert len(sender.imports()) == 3

    def test_a_bucket_that_does_not_answer_withdraws_nothing(self, sender, caplog):
        sender.put("roster.csv")
        sender.look()
        gone = sender.settings.model_copy(
            update={"drop_url": "s3://no-such-bucket-here/drop", "store_timeout_seconds": 2.0}
        )
        drop_bucket.look(sender.connection, gone, [sender.account])
        assert sender.states() == [("waiting", "roster.csv")]
        assert "cannot be used" in caplog.text

    def test_a_key_that_is_no_path_stops_its_own_account_only(self, sender, connection, caplog):
        other = add_account(connection, "other", "thoroughcare")
        connection.commit()
        theirs = Sender(connection, sender.settings, sender.bucket, other)
        theirs.put("roster.csv")
        sender.put("\x7f.csv")
        sender.put("roster.csv")
        drop_bucket.look(connection, sender.settings, [sender.account, other])
        assert (sender.states(), theirs.states()) == ([], [("waiting", "roster.csv")])
        assert "account=acme" in caplog.text


class TestAnObjectThatChanges:
    def test_is_another_import_and_replaces_the_first(self, sender):
        sender.put("roster.csv", b"old")
        sender.look()
        sender.put("roster.csv", b"new")
        sender.look()
        assert [state for state, _ in sender.states()] == ["cancelled", "waiting"]
        assert sender.record() == [f"roster.csv,3,{REPLACED}"]

    def test_to_the_same_bytes_is_the_same_import(self, sender):
        sender.put("roster.csv")
        sender.look()
        sender.put("roster.csv")
        sender.look()
        (imported,) = sender.imports()
        assert sender.finish(imported)

    def test_into_nothing_is_withdrawn(self, sender):
        sender.put("roster.csv")
        sender.look()
        sender.delete("roster.csv")
        sender.look()
        assert sender.states() == [("cancelled", "roster.csv")]
        assert sender.record() == [f"roster.csv,4,{TAKEN_BACK}"]

    def test_while_it_is_read_is_left_for_the_next_look(self, sender):
        sender.put("roster.csv", b"first")
        bucket = sender_bucket(sender.settings)
        (seen,) = bucket.in_folder(f"acme/{PENDING}")
        sender.put("roster.csv", b"other")
        found = drop_bucket._Look(sender.account, [seen], [seen])
        drop_bucket._take_in(
            sender.connection, sender.settings, bucket, found, time.monotonic() + 9
        )
        assert sender.states() == []
        sender.look()
        assert sender.states() == [("waiting", "roster.csv")]

    def test_while_it_is_processed_stays_and_is_the_next_import(self, sender):
        sender.put("roster.csv", b"first")
        sender.look()
        (imported,) = sender.imports()
        sender.put("roster.csv", b"other")
        assert not sender.finish(imported)
        assert sender.names() == ["roster.csv"]
        sender.look()
        assert [state for state, _ in sender.states()] == ["completed", "waiting"]

    def test_between_our_look_and_our_delete_is_kept(self, sender, monkeypatch):
        sender.put("roster.csv", b"first")
        bucket = sender_bucket(sender.settings)
        (seen,) = bucket.in_folder(f"acme/{PENDING}")

        def sign(*given):
            sender.put("roster.csv", b"other")  # after the look, before the delete
            return real(*given)

        real = obstore.sign
        monkeypatch.setattr(obstore, "sign", sign)
        assert not bucket.delete_version(seen.key, seen.version)
        assert sender.bucket.get(f"{sender.pending}/roster.csv") == b"other"
        monkeypatch.undo()


class TestAFileThatIsNoRoster:
    def test_is_told_of_once(self, sender):
        sender.put("Thumbs.db")
        sender.look()
        sender.look()
        (line,) = sender.record()
        assert line.startswith("Thumbs.db,,")

    def test_with_a_temporary_name_is_told_of_after_an_hour(self, sender, monkeypatch):
        sender.put("roster.csv.part")
        sender.look()
        assert sender.record() == []
        later = time.time() + 3700
        monkeypatch.setattr(time, "time", lambda: later)
        sender.look()
        sender.look()
        (line,) = sender.record()
        assert line.startswith("roster.csv.part,,")


class TestResults:
    def test_the_whole_way_from_an_object_to_its_result(self, sender):
        sender.put("roster.csv", care(maria()).encode())
        sender.look()
        (imported,) = sender.imports()
        done = process(sender.settings, sender.connection, imported)
        assert done.imported.state == "completed"
        assert sender.names() == []
        (key,) = sender.bucket.keys(sender.results)
        assert key.endswith("_roster.csv")
        assert b"Created" in sender.bucket.get(key)
        sender.look()
        assert len(sender.imports()) == 1

    def test_a_name_that_a_foreign_object_has_is_not_taken(self, sender):
        sender.put("roster.csv", care(maria()).encode())
        sender.look()
        (imported,) = sender.imports()
        day = imported.received_at.astimezone(sender.account.zone).date()
        sender.bucket.put(f"{sender.results}/{day}_roster.csv", b"not ours")
        process(sender.settings, sender.connection, imported)
        assert sender.bucket.get(f"{sender.results}/{day}_roster.csv") == b"not ours"
        assert b"Created" in sender.bucket.get(f"{sender.results}/{day}_roster_2.csv")

    def test_publishing_again_changes_nothing(self, sender, tmp_path):
        sender.put("roster.csv")
        sender.look()
        (imported,) = sender.imports()
        (tmp_path / "result").write_bytes(b"result")
        publish = publisher(sender.connection, sender.settings, sender.account, imported)
        assert publish("result.csv", tmp_path / "result")
        assert publish("result.csv", tmp_path / "result")
        (tmp_path / "result").write_bytes(b"another")
        assert not publish("result.csv", tmp_path / "result")
        assert sender.bucket.get(f"{sender.results}/result.csv") == b"result"

    def test_a_run_finds_no_bucket_any_more_and_says_so(self, sender):
        sender.put("roster.csv")
        sender.look()
        (imported,) = sender.imports()
        without = sender.settings.model_copy(update={"drop_url": "", "store_url": ""})
        with pytest.raises(StorageUnavailable, match="ROSTERLINE_DROP_URL"):
            take_out(sender.connection, without, imported)


def test_folder_bucket_and_sftp_have_names_of_their_own(connection, database, bucket, tmp_path):
    own = database.model_copy(
        update={"home": tmp_path / "home", "store_url": bucket.url, "drop_quiet_seconds": 0.0}
    )
    account = add_account(connection, "acme", "thoroughcare")
    connection.commit()
    sender = Sender(connection, own, bucket, account)
    ensure_folders(own, account)
    (own.drop_dir / "acme" / PENDING / "roster.csv").write_bytes(b"folder")
    sender.put("roster.csv", b"bucket")
    (tmp_path / "roster.csv").write_bytes(b"sftp")
    land(connection, own, account, tmp_path / "roster.csv", datetime.now(UTC))
    for _ in range(3):
        look_into_folders(connection, own, [account])
        sender.look()
    places = connection.execute(
        "SELECT source, drop_place, state FROM import ORDER BY drop_place"
    ).fetchall()
    assert places == [
        ("drop", "bucket", "waiting"), ("drop", "folder", "waiting"), ("sftp", "store", "waiting"),
    ]  # fmt: skip
