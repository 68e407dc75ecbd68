"""Landing, renaming and removing files in Pending on a sender's behalf."""

from datetime import UTC, datetime, timedelta
from itertools import count
from threading import Thread

import pytest

from registry.accounts.accounts import add_account
from registry.database.connections import connect
from registry.landing import pending_folder
from registry.landing.drop_folder import (
    PENDING,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.landing.pending_imports import unprocessed_import
from registry.ledger.imports import list_imports
from schemas.errors import NotAllowed, NotFound, StorageUnavailable
from tests.taking_up import take_up_due

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Sender:
    """What a way in does for one account."""

    def __init__(self, connection, settings, folder):
        self.connection, self.settings, self.folder = connection, settings, folder
        self.account = add_account(connection, "acme", "thoroughcare")
        connection.commit()
        ensure_folders(settings, self.account)
        self.path = account_folder(settings, self.account) / PENDING
        self.minutes = count()

    @property
    def now(self):
        return NOON + timedelta(minutes=next(self.minutes))

    def put(self, name, content="Ada\n"):
        draft = self.folder / name
        draft.write_text(content)
        return pending_folder.land(self.connection, self.settings, self.account, draft, self.now)

    def rename(self, old, new, **how):
        pending_folder.rename(
            self.connection, self.settings, self.account, old, new, received_at=self.now, **how
        )

    def remove(self, name):
        pending_folder.remove(self.connection, self.settings, self.account, name)

    def states(self):
        imports = list_imports(self.connection, account_id=self.account.id)
        return [(each.state, each.file_name, each.drop_name) for each in reversed(imports)]

    def files(self):
        return {path.name: path.read_text() for path in self.path.iterdir()}

    def look(self):
        """What the plain drop folder's sensor makes of it, at two looks."""
        seen = {}
        for now in (1000.0, 2000.0):
            looked = scan_pending(self.settings, self.account, seen, now)
            seen = register_ready(
                self.connection, self.settings, self.account, looked, lambda: self.now
            )


@pytest.fixture
def sender(connection, database, tmp_path):
    folder = tmp_path / "uploads"
    folder.mkdir()
    home = database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})
    return Sender(connection, home, folder)


class TestLanding:
    def test_moves_the_draft_into_place_and_enters_it(self, sender):
        imported = sender.put("roster.csv")
        assert (imported.state, imported.source) == ("waiting", "sftp")
        assert sender.files() == {"roster.csv": "Ada\n"}
        assert list(sender.folder.iterdir()) == []

    def test_is_not_done_again_by_the_plain_folder(self, sender):
        sender.put("roster.csv")
        sender.look()
        assert sender.states() == [("waiting", "roster.csv", "roster.csv")]

    def test_a_temporary_name_enters_nothing(self, sender):
        assert sender.put("roster.csv.part") is None
        sender.look()
        assert sender.states() == []
        assert sender.files() == {"roster.csv.part": "Ada\n"}

    def test_a_file_that_is_too_large_stays_where_it_was(self, sender):
        sender.settings = sender.settings.model_copy(update={"max_file_bytes": 3})
        with pytest.raises(NotAllowed, match="3 are allowed"):
            sender.put("roster.csv")
        assert sender.files() == {}
        assert (sender.folder / "roster.csv").exists()

    def test_where_pending_is_gone_leaves_the_draft_and_no_import(self, sender):
        sender.path.rmdir()
        with pytest.raises(StorageUnavailable):
            sender.put("roster.csv")
        sender.connection.rollback()
        assert (sender.folder / "roster.csv").exists()
        assert sender.states() == []

    def test_that_was_cut_off_before_the_ledger_is_made_good_by_the_plain_folder(self, sender):
        (sender.path / "roster.csv").write_text("Ada\n")
        sender.look()
        assert sender.states() == [("waiting", "roster.csv", "roster.csv")]


class TestRenaming:
    def test_keeps_the_import(self, sender):
        imported = sender.put("roster.csv")
        sender.rename("roster.csv", "patients.csv")
        assert sender.states() == [("waiting", "patients.csv", "patients.csv")]
        assert list_imports(sender.connection)[0].id == imported.id
        sender.look()
        assert len(sender.states()) == 1

    def test_from_a_temporary_name_lands(self, sender):
        sender.put("roster.csv.part")
        sender.rename("roster.csv.part", "roster.csv")
        assert sender.states() == [("waiting", "roster.csv", "roster.csv")]
        sender.look()
        assert len(sender.states()) == 1

    def test_to_a_temporary_name_withdraws(self, sender):
        sender.put("roster.csv")
        sender.rename("roster.csv", "roster.csv.part")
        assert sender.states() == [("cancelled", "roster.csv", None)]

    def test_between_temporary_names_enters_nothing(self, sender):
        sender.put("a.part")
        sender.rename("a.part", "b.part")
        assert sender.states() == []
        assert set(sender.files()) == {"b.part"}

    @pytest.mark.parametrize("old", ["new.csv", "new.csv.part"])
    def test_onto_a_waiting_file_needs_leave_and_replaces_it(self, sender, old):
        sender.put("roster.csv", "old")
        sender.put(old, "new")
        with pytest.raises(NotAllowed, match="a file of that name already"):
            sender.rename(old, "roster.csv")
        sender.connection.rollback()
        sender.rename(old, "roster.csv", overwrite=True)
        assert sender.files() == {"roster.csv": "new"}
        assert [state for state, *_ in sender.states()] == ["cancelled", "waiting"]

    def test_a_temporary_file_onto_a_waiting_one_is_refused_for_a_link(self, sender, tmp_path):
        (tmp_path / "elsewhere").write_text("elsewhere")
        (sender.path / "link.csv").symlink_to(tmp_path / "elsewhere")
        (sender.path / "dangling.csv").symlink_to(tmp_path / "nowhere")
        sender.put("roster.csv")
        for name in ("link.csv", "dangling.csv"):
            for overwrite in (False, True):
                with pytest.raises(NotAllowed):
                    sender.rename("roster.csv", name, overwrite=overwrite)
                sender.connection.rollback()
            with pytest.raises(NotFound):
                sender.rename(name, "other.csv")
            with pytest.raises(NotFound):
                sender.remove(name)
        assert (tmp_path / "elsewhere").read_text() == "elsewhere"

    def test_onto_one_that_is_processed_waits_for_the_next_run(self, sender):
        sender.put("roster.csv", "old")
        take_up_due(sender.connection, limit=1)
        sender.put("new.csv", "new")
        sender.rename("new.csv", "roster.csv", overwrite=True)
        assert [state for state, *_ in sender.states()] == ["processing", "waiting"]
        assert sender.files() == {"roster.csv": "new"}

    def test_to_its_own_name_changes_nothing(self, sender):
        sender.put("roster.csv")
        sender.rename("roster.csv", "roster.csv", overwrite=True)
        assert sender.states() == [("waiting", "roster.csv", "roster.csv")]


class TestRemoving:
    def test_withdraws_the_import(self, sender):
        sender.put("roster.csv")
        sender.remove("roster.csv")
        assert sender.states() == [("cancelled", "roster.csv", None)]
        assert sender.files() == {}

    def test_what_is_not_there_is_told(self, sender):
        with pytest.raises(NotFound):
            sender.remove("roster.csv")

    def test_one_that_ended_badly_leaves_its_import_as_it_ended(self, sender):
        sender.put("roster.csv")
        sender.connection.execute("UPDATE import SET state = 'failed'")
        sender.remove("roster.csv")
        assert sender.states() == [("failed", "roster.csv", None)]

    @pytest.mark.parametrize("how", ["rename", "remove"])
    def test_or_renaming_while_it_is_processed_is_refused(self, sender, how):
        sender.put("roster.csv")
        take_up_due(sender.connection, limit=1)
        with pytest.raises(NotAllowed, match="is being processed"):
            sender.rename("roster.csv", "b.csv") if how == "rename" else sender.remove("roster.csv")
        assert sender.files() == {"roster.csv": "Ada\n"}


def test_a_claim_that_comes_during_a_rename_waits_and_finds_the_new_name(sender):
    sender.put("roster.csv")
    claimed = []

    def claim():
        with connect(sender.settings) as other:
            claimed.extend(take_up_due(other, limit=1))

    thread = Thread(target=claim)
    with connect(sender.settings) as busy:
        unprocessed_import(busy, sender.account, "roster.csv")
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        busy.execute("UPDATE import SET drop_name = 'patients.csv'")
    thread.join(10)
    ((imported,),) = claimed
    assert (imported.state, imported.drop_name) == ("processing", "patients.csv")
