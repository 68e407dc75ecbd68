"""What is true of a CSV is true of each roster in an archive of several."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from psycopg import Connection

from assets.landed_files.land import LAND
from assets.result_files.make_again import intact_result
from registry.accounts.accounts import Account, add_account, change_settings
from registry.accounts.file_keys import make_file_key
from registry.decisions.undo import preview_undo, undo, undone_imports
from registry.landing import receive
from registry.landing.drop_folder import (
    PENDING,
    RESULTS,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.landing.layouts import layout_of
from registry.landing.members import enter_members
from registry.landing.receive import Arrival, archived_path, enter
from registry.ledger import claims, states
from registry.ledger.imports import Import, get_import, list_attempts, list_imports
from registry.ledger.members import list_members, state_of
from registry.ledger.night_report import read_night
from registry.ledger.usual_files import read_usual_files
from registry.requests import portal_submissions
from registry.requests.portal_submissions import Submitted
from registry.settings import Settings
from rosters.containers.roster import Member
from schemas.catalogue import get_format
from schemas.errors import NotAllowed
from tests.archives import process_members, zipped
from tests.files import care, john, maria
from tests.importing import Imported, process, put
from tests.invariants.conftest import until
from tests.invariants.test_exactly_once import NOBODY_ELSE, ONE_WAITS, written
from tests.invariants.worker import Worker
from tests.sealed import sealed
from tests.state import facts

NORTH, SOUTH = care(maria(city="Rome")), care(john(), maria(city="Oslo"))
TWO = {"north.csv": NORTH, "south.csv": SOUTH}


@dataclass
class Clinic:
    settings: Settings
    connection: Connection
    account: Account
    folder: Path

    def put(self, members, name="rosters.zip", **arrival) -> Import:
        content = members if isinstance(members, bytes) else zipped(members)
        return put(
            self.settings, self.connection, self.account, content,
            folder=self.folder, name=name, **arrival,
        )  # fmt: skip

    def send(self, members, **arrival) -> tuple[Imported, list[Imported]]:
        return process_members(self.settings, self.connection, self.put(members, **arrival))

    def cities(self) -> list[str]:
        found = facts(self.connection, self.account.id).values()
        return sorted(each["address/home/city"] for each in found if "address/home/city" in each)


@pytest.fixture
def clinic(database, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return Clinic(database, connection, account, tmp_path)


def test_each_roster_is_an_import_with_its_own_rows_and_result(clinic):
    archive, (north, south) = clinic.send(TWO)
    assert (archive.imported.state, archive.attempt.state) == ("unpacked", "unpacked")
    assert archive.imported.reason == "2 rosters in the archive, each imported by itself"
    assert archive.result == ""
    assert [each.imported.state for each in (north, south)] == ["completed"] * 2
    assert (north.outcomes, south.outcomes) == (["created"], ["created", "updated"])
    assert north.imported.file_name == "rosters.zip/north.csv"
    assert [row["Patient ID"] for row in south.result_rows()][1] == str(north.patient(2))
    assert clinic.cities() == ["Oslo"]
    plain = process(
        clinic.settings, clinic.connection,
        put(clinic.settings, clinic.connection, clinic.account, SOUTH, folder=clinic.folder),
    )  # fmt: skip
    assert plain.outcomes == ["unchanged"] * 2


def test_a_value_leads_to_its_line_in_its_member(clinic):
    _, (_, south) = clinic.send(TWO)
    ((file_name, line),) = clinic.connection.execute(
        "SELECT import.file_name, patient_change.line FROM patient_change"
        " JOIN import ON patient_change.import_id = import.id"
        " WHERE patient_change.changes::text LIKE '%Oslo%'"
    ).fetchall()
    assert (file_name, line) == ("rosters.zip/south.csv", 3)
    assert south.rows[1]["line"] == 3


def test_one_bad_member_fails_alone_and_what_is_no_roster_is_told(clinic):
    archive, done = clinic.send(
        {
            **TWO,
            "bad.csv": care(maria()).replace("Patient Birthday *", "Height"),
            "readme.txt": "Dear all",
            "__MACOSX/._north.csv": "x",
        }
    )
    assert [each.imported.state for each in done] == ["completed", "completed", "failed"]
    assert done[2].attempt.fault_code == "missing_column"
    assert "required columns are missing" in done[2].result
    assert "passed over: 'readme.txt' (none of the column names" in archive.imported.reason
    assert state_of(list_members(clinic.connection, archive.imported.id)) == "completed"


def test_the_same_roster_twice_changes_nothing_the_second_time(clinic):
    _, (first, second) = clinic.send({"a.csv": NORTH, "b.csv": NORTH})
    assert (first.outcomes, second.outcomes) == (["created"], ["unchanged"])


def test_the_same_archive_again_changes_nothing(clinic):
    clinic.send({"a.csv": NORTH, "b.csv": care(john())})
    _, again = clinic.send({"a.csv": NORTH, "b.csv": care(john())})
    assert [each.outcomes for each in again] == [["unchanged"], ["unchanged"]]


def test_members_have_one_copy_of_their_bytes_which_is_the_archive(clinic):
    content = zipped(TWO)
    settings = clinic.settings.model_copy(update={"home": clinic.folder / "home"})
    archive, done = replace(clinic, settings=settings).send(content)
    assert {each.imported.sha256 for each in done} == {archive.imported.sha256}
    (kept,) = [path for path in settings.archive_dir.rglob("*") if path.is_file()]
    assert kept.read_bytes() == content
    assert not list(settings.staging_dir.glob(".unpacked-*"))


def test_a_result_and_a_layout_are_made_again_from_the_member(clinic):
    _, (_, south) = clinic.send(TWO)
    found = intact_result(
        clinic.connection, clinic.settings, south.imported, south.attempt, "result"
    )
    before = found.read_bytes()
    found.chmod(0o600)
    found.write_bytes(b"damaged")
    again = intact_result(
        clinic.connection, clinic.settings, south.imported, south.attempt, "result"
    )
    assert again.read_bytes() == before
    clinic.connection.execute("UPDATE attempt SET layout = NULL")
    about = (south.imported.id, 1, south.imported.sha256, get_format("thoroughcare"))
    assert layout_of(clinic.connection, clinic.settings, *about).member == "south.csv"


def test_a_further_attempt_reads_the_member_and_none_is_made_over_an_archive(clinic):
    archive, (north, _) = clinic.send(TWO)
    again = process(clinic.settings, clinic.connection, north.imported, again=True)
    assert (again.attempt.number, again.attempt.state) == (2, "finished")
    assert clinic.cities() == ["Oslo"]  # the second member still is the newer one
    left = claims.take_up(
        clinic.connection, archive.imported.partition_key, "run", by_a_person=True
    )
    assert "its members are imports of their own" in left.reason


def test_a_member_is_older_than_whatever_came_after_its_archive(clinic):
    now = datetime.now(UTC)
    received = [_enter(clinic, content, now) for content in (zipped(TWO), care(maria(city="Bern")))]
    archive, later = received
    process(clinic.settings, clinic.connection, later)
    _, done = process_members(clinic.settings, clinic.connection, archive)
    assert {each.imported.ordered_at for each in done} == {archive.ordered_at}
    assert archive.ordered_at < later.ordered_at
    assert clinic.cities() == ["Bern"]


def _enter(clinic, content: str | bytes, now: datetime) -> Import:
    path = clinic.folder / "received"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    imported = enter(
        clinic.connection,
        clinic.account,
        receive.archive(clinic.settings, path),
        Arrival(source="cli", received_at=now, file_name="f", format="thoroughcare"),
    )
    clinic.connection.commit()
    return imported


@pytest.mark.slow
@pytest.mark.parametrize("place", ["members entered and not committed", "unpacked and committed"])
def test_killed_while_it_is_unpacked_and_run_again_it_has_its_members_once(clinic, place):
    archive = clinic.put(TWO)
    connection = clinic.connection
    if place == "unpacked and committed":
        worker = Worker(clinic.settings, archive.partition_key, LAND.name)
        worker.wait_for(LAND.name)
        worker.kill()
        assert get_import(connection, archive.partition_key).state == "unpacked"
    else:
        connection.execute(written("attempt_stage"))
        worker = Worker(clinic.settings, archive.partition_key, LAND.name)
        until(connection, ONE_WAITS)
        worker.kill()
        connection.rollback()
        until(connection, NOBODY_ELSE)
        assert list_members(connection, archive.id) == []
    before = [each.id for each in list_members(connection, archive.id)]
    connection.commit()
    unpacked, done = process_members(clinic.settings, connection, archive)
    assert [each.outcomes for each in done] == [["created"], ["created", "updated"]]
    assert before in ([], [each.imported.id for each in done])
    assert len(list_attempts(connection, unpacked.imported.id)) == 1


def test_the_ids_of_members_follow_from_the_archive(clinic):
    archive = clinic.put(TWO)
    members = [Member((number,), f"{number}.csv") for number in range(3)]
    found = []
    for _ in range(2):
        with clinic.connection.transaction(force_rollback=True):
            enter_members(clinic.connection, clinic.account, archive, members)
            enter_members(clinic.connection, clinic.account, archive, members)
            found.append([each.id for each in list_members(clinic.connection, archive.id)])
    assert found[0] == found[1] == sorted(found[0])
    assert len(found[0]) == 3


def test_an_encrypted_archive_stays_encrypted_and_its_members_are_read(
    database, connection, tmp_path
):
    settings = database.model_copy(update={"file_keys_folder": tmp_path / "keys"})
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    key = make_file_key(settings, account, "2026-11", "age")
    content = sealed("age", zipped(TWO), key.public[0])
    archive = put(settings, connection, account, content, folder=tmp_path, name="rosters.zip.age")
    _, done = process_members(settings, connection, archive)
    assert [each.outcomes for each in done] == [["created"], ["created", "updated"]]
    assert archived_path(settings, archive.sha256).read_bytes() == content


def test_a_dropped_archive_leaves_pending_with_its_last_member(database, connection, tmp_path):
    settings = database.model_copy(update={"home": tmp_path, "drop_quiet_seconds": 0})
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    ensure_folders(settings, account)
    folder = account_folder(settings, account)
    (folder / PENDING / "rosters.zip").write_bytes(
        zipped({"north/clinic.csv": NORTH, "../clinic.csv": SOUTH})
    )
    seen = scan_pending(settings, account, {}, 0.0).seen
    look = scan_pending(settings, account, seen, 10.0)
    seen = register_ready(connection, settings, account, look, lambda: datetime.now(UTC))
    (imported,) = list_imports(connection, account_id=account.id)
    process(settings, connection, imported)
    first, second = list_members(connection, imported.id)
    process(settings, connection, first)
    # The archive is neither taken in again nor taken out yet.
    look = scan_pending(settings, account, seen, 20.0)
    register_ready(connection, settings, account, look, lambda: datetime.now(UTC))
    assert len(list_imports(connection, account_id=account.id)) == 3
    assert [path.name for path in (folder / PENDING).iterdir()] == ["rosters.zip"]
    process(settings, connection, second)
    assert not list((folder / PENDING).iterdir())
    found = sorted(path.name.partition("_")[2] for path in (folder / RESULTS).iterdir())
    assert found == ["rosters.zip_.._clinic.csv", "rosters.zip_north_clinic.csv"]


def test_an_archive_is_undone_as_one_the_last_member_first(clinic):
    clinic.send({"only.csv": care(maria(city="Bern"))})
    before = facts(clinic.connection, clinic.account.id)
    archive, done = clinic.send(TWO)
    at, key = datetime.now(UTC), archive.imported
    would = preview_undo(clinic.connection, key, "rita", at)
    assert facts(clinic.connection, clinic.account.id) != before
    did = undo(clinic.connection, key, "rita", at)
    assert (would.removed, would.changed, would.kept) == (did.removed, did.changed, did.kept)
    assert (did.import_id, did.removed) == (key.id, 1)
    assert facts(clinic.connection, clinic.account.id) == before
    ids = [key.id, *(each.imported.id for each in done)]
    assert set(undone_imports(clinic.connection, ids)) == set(ids)
    later = at + timedelta(minutes=1)
    assert undo(clinic.connection, key, "sam", later).user_name == "rita"


def test_an_archive_with_a_member_under_way_is_not_undone(clinic):
    archive = clinic.put(TWO)
    process(clinic.settings, clinic.connection, archive)
    archive = get_import(clinic.connection, archive.partition_key)
    with pytest.raises(NotAllowed, match="not all over"):
        undo(clinic.connection, archive, "rita", datetime.now(UTC))


def test_a_check_of_an_archive_checks_each_roster_and_changes_no_patient(clinic):
    archive, done = clinic.send(TWO, dry_run=True)
    assert archive.imported.reason == "2 rosters in the archive, each checked by itself"
    assert [each.imported.dry_run for each in done] == [True, True]
    assert [each.outcomes for each in done] == [["created"], ["created"] * 2]
    assert facts(clinic.connection, clinic.account.id) == {}


def test_what_a_user_checked_is_what_is_imported_member_for_member(clinic):
    now, path = datetime.now(UTC), clinic.folder / "checked.zip"
    path.write_bytes(zipped({"a.csv": NORTH, "b.csv": care(john())}))
    form = Submitted("ada", "token", "rosters.zip", "thoroughcare")
    check = portal_submissions.submit_check(
        clinic.connection, clinic.account, receive.archive(clinic.settings, path), form, now
    )
    _, checks = process_members(clinic.settings, clinic.connection, check)
    imported = portal_submissions.submit_import(
        clinic.connection, clinic.account, check.id, "ada", now
    )
    _, done = process_members(clinic.settings, clinic.connection, imported)
    assert [each.imported.state for each in done] == ["completed"] * 2
    followed = [
        portal_submissions.import_of(clinic.connection, each.imported.id) for each in checks
    ]
    assert followed == [each.imported.id for each in done]


def test_a_member_that_is_checked_again_is_checked_alone(clinic):
    _, (_, south) = clinic.send(TWO)
    again = portal_submissions.check_again(
        clinic.connection, clinic.account, south.imported.id, "ada", datetime.now(UTC)
    )
    assert (again.member, again.parent_id) == (south.imported.member, None)
    done = process(clinic.settings, clinic.connection, again)
    assert done.outcomes == ["unchanged"] * 2


def test_members_count_in_the_night_and_in_the_norm_and_their_archive_does_not(clinic):
    clinic.send(TWO)
    clinic.connection.commit()
    (line,) = read_night(clinic.connection).accounts
    assert (line.files, line.failed, line.records) == (2, 0, 3)
    newer = clinic.put({"a.csv": NORTH})
    usual = read_usual_files(clinic.connection, newer)
    assert sorted(each.records for each in usual) == [1, 2]


def test_who_is_missing_from_a_whole_list_is_not_counted_for_a_part_of_it(clinic):
    clinic.account = change_settings(clinic.connection, clinic.account, {"full_roster": True})
    _, done = clinic.send({"a.csv": NORTH, "b.csv": care(john())})
    assert [each.attempt.missing for each in done] == [None, None]


def test_an_archive_of_members_that_are_too_many_fails_and_answers_its_sender(clinic):
    settings = clinic.settings.model_copy(update={"max_archive_members": 1})
    done = process(settings, clinic.connection, clinic.put(TWO))
    assert (done.imported.state, done.attempt.fault_code) == ("failed", "too_many_members")
    assert "send several smaller archives" in done.result


def test_a_cancelled_archive_is_not_unpacked(clinic):
    archive = clinic.put(TWO)
    states.take_up(clinic.connection, archive.id, "run")
    taken = get_import(clinic.connection, archive.partition_key)
    assert claims.cancel(clinic.connection, taken, datetime.now(UTC), reason="by hand")
    process(clinic.settings, clinic.connection, archive)
    assert list_members(clinic.connection, archive.id) == []
