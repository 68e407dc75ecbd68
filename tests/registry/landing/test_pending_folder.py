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
    look,
    register_ready,
)
from registry.ledger.claims import claim_waiting
from registry.ledger.imports import list_imports
from schemas.errors import NotAllowed, NotFound, StorageUnavailable

NOON = datetime(2026, 11, 21, 12, tzinfo=UTC)


class Door:
    """What a door does for one account."""

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
            looked = look(self.settings, self.account, seen, now)
            seen = register_ready(
                self.connection, self.settings, self.account, looked, lambda: self.now
            )


@pytest.fixture
def door(connection, database, tmp_path):
    folder = tmp_path / "uploads"
    folder.mkdir()
    home = database.model_copy(update={"home": tmp_path / "home", "drop_quiet_seconds": 0.0})
    return Door(connection, home, folder)


class TestLanding:
    def test_moves_the_draft_into_place_and_enters_it(self, door):
        imported = door.put("roster.csv")
        assert (imported.state, imported.source) == ("waiting", "sftp")
        assert door.files() == {"roster.csv": "Ada\n"}
        assert list(door.folder.iterdir()) == []

    def test_is_not_done_again_by_the_plain_folder(self, door):
        door.put("roster.csv")
        door.look()
        assert door.states() == [("waiting", "roster.csv", "roster.csv")]

    def test_a_temporary_name_enters_nothing(self, door):
        assert door.put("roster.csv.part") is None
        door.look()
        assert door.states() == []
        assert door.files() == {"roster.csv.part": "Ada\n"}

    def test_a_file_that_is_too_large_stays_where_it_was(self, door):
        door.settings = door.settings.model_copy(update={"max_file_bytes": 3})
        with pytest.raises(NotAllowed, match="3 are allowed"):
            door.put("roster.csv")
        assert door.files() == {}
        assert (door.folder / "roster.csv").exists()

    def test_where_pending_is_gone_leaves_the_draft_and_no_import(self, door):
        door.path.rmdir()
        with pytest.raises(StorageUnavailable):
            door.put("roster.csv")
        door.connection.rollback()
        assert (door.folder / "roster.csv").exists()
        assert door.states() == []

    def test_that_was_cut_off_before_the_ledger_is_made_good_by_the_plain_folder(self, door):
        (door.path / "roster.csv").write_text("Ada\n")
        door.look()
        assert door.states() == [("waiting", "roster.csv", "roster.csv")]


class TestRenaming:
    def test_keeps_the_import(self, door):
        imported = door.put("roster.csv")
        door.rename("roster.csv", "patients.csv")
        assert door.states() == [("waiting", "patients.csv", "patients.csv")]
        assert list_imports(door.connection)[0].id == imported.id
        door.look()
        assert len(door.states()) == 1

    def test_from_a_temporary_name_lands(self, door):
        door.put("roster.csv.part")
        door.rename("roster.csv.part", "roster.csv")
        assert door.states() == [("waiting", "roster.csv", "roster.csv")]
        door.look()
        assert len(door.states()) == 1

    def test_to_a_temporary_name_withdraws(self, door):
        door.put("roster.csv")
        door.rename("roster.csv", "roster.csv.part")
        assert door.states() == [("cancelled", "roster.csv", None)]

    def test_between_temporary_names_enters_nothing(self, door):
        door.put("a.part")
        door.rename("a.part", "b.part")
        assert door.states() == []
        assert set(door.files()) == {"b.part"}

    @pytest.mark.parametrize("old", ["new.csv", "new.csv.part"])
    def test_onto_a_waiting_file_needs_leave_and_replaces_it(self, door, old):
        door.put("roster.csv", "old")
        door.put(old, "new")
        with pytest.raises(NotAllowed, match="a file of that name already"):
            door.rename(old, "roster.csv")
        door.connection.rollback()
        door.rename(old, "roster.csv", overwrite=True)
        assert door.files() == {"roster.csv": "new"}
        assert [state for state, *_ in door.states()] == ["cancelled", "waiting"]

    def test_a_temporary_file_onto_a_waiting_one_is_refused_for_a_link(self, door, tmp_path):
        (tmp_path / "elsewhere").write_text("elsewhere")
        (door.path / "link.csv").symlink_to(tmp_path / "elsewhere")
        (door.path / "dangling.csv").symlink_to(tmp_path / "nowhere")
        door.put("roster.csv")
        for name in ("link.csv", "dangling.csv"):
            for overwrite in (False, True):
                with pytest.raises(NotAllowed):
                    door.rename("roster.csv", name, overwrite=overwrite)
                door.connection.rollback()
            with pytest.raises(NotFound):
                door.rename(name, "other.csv")
            with pytest.raises(NotFound):
                door.remove(name)
        assert (tmp_path / "elsewhere").read_text() == "elsewhere"

    def test_onto_one_that_is_processed_waits_for_the_next_run(self, door):
        door.put("roster.csv", "old")
        claim_waiting(door.connection, limit=1)
        door.put("new.csv", "new")
        door.rename("new.csv", "roster.csv", overwrite=True)
        assert [state for state, *_ in door.states()] == ["processing", "waiting"]
        assert door.files() == {"roster.csv": "new"}

    def test_to_its_own_name_changes_nothing(self, door):
        door.put("roster.csv")
        door.rename("roster.csv", "roster.csv", overwrite=True)
        assert door.states() == [("waiting", "roster.csv", "roster.csv")]


class TestRemoving:
    def test_withdraws_the_import(self, door):
        door.put("roster.csv")
        door.remove("roster.csv")
        assert door.states() == [("cancelled", "roster.csv", None)]
        assert door.files() == {}

    def test_what_is_not_there_is_told(self, door):
        with pytest.raises(NotFound):
            door.remove("roster.csv")

    def test_one_that_ended_badly_leaves_its_import_as_it_ended(self, door):
        door.put("roster.csv")
        door.connection.execute("UPDATE import SET state = 'failed'")
        door.remove("roster.csv")
        assert door.states() == [("failed", "roster.csv", None)]

    @pytest.mark.parametrize("how", ["rename", "remove"])
    def test_or_renaming_while_it_is_processed_is_refused(self, door, how):
        door.put("roster.csv")
        claim_waiting(door.connection, limit=1)
        with pytest.raises(NotAllowed, match="is being processed"):
            door.rename("roster.csv", "b.csv") if how == "rename" else door.remove("roster.csv")
        assert door.files() == {"roster.csv": "Ada\n"}


def test_a_claim_that_comes_during_a_rename_waits_and_finds_the_new_name(door):
    door.put("roster.csv")
    claimed = []

    def claim():
        with connect(door.settings) as other:
            claimed.extend(claim_waiting(other, limit=1))

    thread = Thread(target=claim)
    with connect(door.settings) as busy:
        pending_folder._not_processing(busy, door.account, "roster.csv")
        thread.start()
        thread.join(0.3)
        assert thread.is_alive()
        busy.execute("UPDATE import SET drop_name = 'patients.csv'")
    thread.join(10)
    ((imported,),) = claimed
    assert (imported.state, imported.drop_name) == ("processing", "patients.csv")
