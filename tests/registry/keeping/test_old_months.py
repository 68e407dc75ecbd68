"""Old months leave the database whole, and what needs them says so."""

import subprocess
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import psycopg
import pytest

from assets.imports.turns import RunOfImports, take_turn
from registry.accounts.accounts import Account, add_account
from registry.database.connections import connect
from registry.database.dumps import find_program
from registry.database.month_partitions import (
    LEDGER_ROWS,
    PARTITIONED,
    list_partitions,
    make_months,
    start_of_month,
)
from registry.decisions.undo import undo
from registry.ids import first_id_at
from registry.keeping.old_months import prune_months
from registry.ledger.backfill import imports_of_days, named_imports
from registry.ledger.claims import LeftAlone
from registry.patients.history import read_record
from registry.settings import Settings
from schemas.errors import NotAllowed
from tests.files import care, john, maria
from tests.importing import process, put
from tests.registry.database.conftest import own_registry, own_template  # noqa: F401 - fixtures

pytestmark = pytest.mark.external_postgres

MONTH = timedelta(days=31)
KEEP = 40


@dataclass
class Registry:
    """A registry of several months: the account's first import is of the lowest partition."""

    settings: Settings
    connection: psycopg.Connection
    account: Account
    folder: Path
    begin: datetime

    def send(self, *rows, month: int, name: str):
        at = start_of_month(self.begin, month) + timedelta(days=3)
        received = put(self.settings, self.connection, self.account, care(*rows),
                       folder=self.folder, name=name, received_at=at)  # fmt: skip
        done = process(self.settings, self.connection, received)
        self.connection.execute(
            "UPDATE attempt SET started_at = %(at)s, finished_at = %(at)s WHERE import_id = %(id)s",
            {"at": at, "id": received.id},
        )
        self.connection.commit()
        return done.imported

    def prune(self, month: int, *, dry_run: bool = False, **changes):
        now = start_of_month(self.begin, month) + timedelta(days=20)
        settings = self.settings.model_copy(update=changes)
        found = prune_months(self.connection, settings, now, dry_run=dry_run)
        return {each.what: each.count for each in found if each.count}

    def count(self, table: str) -> int:
        ((count,),) = self.connection.execute(f"SELECT count(*) FROM {table}").fetchall()
        self.connection.commit()
        return count

    def files(self) -> list[str]:
        return sorted(
            path.name.partition(".")[0] for path in self.settings.old_months_dir.iterdir()
        )


@pytest.fixture
def old(own_registry, tmp_path):  # noqa: F811 - the fixture
    with connect(own_registry) as connection:
        begin = start_of_month(datetime.now(UTC), 1)
        make_months(connection, start_of_month(begin, 4))
        account = add_account(connection, "clinic", "thoroughcare")
        connection.commit()
        yield Registry(own_registry, connection, account, tmp_path, begin)
        connection.rollback()


@pytest.fixture
def four(old):
    """Maria from before months, moved each month; a patient who is new each month."""
    cities = ("Rome", "Oslo", "Bern", "Graz")
    return [
        old.send(maria(city=city), john(ehr=f"N-{n}", first=f"New{city}"), month=n - 1,
                 name=f"{n}.csv")
        for n, city in enumerate(cities)
    ]  # fmt: skip


@pytest.mark.usefixtures("four")
def test_nothing_leaves_unless_it_is_set(old):
    assert old.prune(40) == {}
    assert old.count("import_row") == 8


def test_old_rows_leave_to_files_and_what_is_younger_stays(old, four):
    would = old.prune(3, dry_run=True, keep_rows_days=KEEP)
    assert old.count("import_row") == 8
    assert old.prune(3, keep_rows_days=KEEP) == would
    # The rows of the lowest partition and of two months; the changes of patients are history.
    assert would["months of rows"] >= 2
    kept = old.connection.execute("SELECT DISTINCT import_id FROM import_row").fetchall()
    assert {row[0] for row in kept} == {four[3].id, four[2].id} - {
        each.id for each in four if each.id < first_id_at(start_of_month(old.begin, 2))
    }
    assert old.count("patient_change") >= 4
    assert {name.partition("_2")[0].removesuffix("_until") for name in old.files()} <= set(
        LEDGER_ROWS
    )
    for table in PARTITIONED:
        lowest, *_, highest = list_partitions(old.connection, (table,))
        assert (lowest.lower, highest.upper) == (None, None)
    old.connection.commit()
    assert old.prune(3, keep_rows_days=KEEP) == {}


def test_what_a_creating_row_brought_stays_true_without_the_older_file_that_came_late(old):
    newer = old.send(maria(city="Rome"), month=2, name="newer.csv")
    old.send(maria(email="maria@example.org"), month=0, name="late.csv")
    told = "SELECT changes FROM full_change WHERE import_id = %s"
    ((brought,),) = old.connection.execute(told, (newer.id,)).fetchall()
    assert "address/home/city" in brought
    assert "contact/email/main/value" not in brought
    old.connection.commit()
    old.prune(3, keep_history_days=KEEP)
    assert old.count("patient_change") == 1
    assert old.connection.execute(told, (newer.id,)).fetchall() == [(brought,)]


@pytest.mark.usefixtures("four")
def test_an_archived_file_can_be_put_back(old, own_registry):  # noqa: F811 - the fixture
    before = old.connection.execute("SELECT * FROM import_row ORDER BY 1, 2, 3").fetchall()
    old.prune(3, keep_rows_days=KEEP)
    # What was put in the archived partition's place has its name; the file's table comes back.
    version = old.connection.info.server_version // 10_000
    program = find_program("pg_restore", version)
    url = own_registry.runs_database_url
    for path in old.settings.old_months_dir.glob("import_row*"):
        assert path.stat().st_mode & 0o777 == 0o600
        subprocess.run([program, f"--dbname={url}", "--no-owner", str(path)], check=True)
    tables = [
        path.name.partition(".")[0] for path in old.settings.old_months_dir.glob("import_row*")
    ]
    union = " UNION ALL ".join(f"SELECT * FROM {name}" for name in ("import_row", *tables))
    after = old.connection.execute(f"SELECT * FROM ({union}) AS u ORDER BY 1, 2, 3").fetchall()
    assert after == before


@pytest.mark.usefixtures("four")
def test_months_can_be_dropped_instead(old):
    old.prune(3, keep_rows_days=KEEP, old_months="drop")
    assert old.count("import_row") < 8
    assert not old.settings.old_months_dir.exists()


def test_an_archived_import_can_be_neither_undone_nor_run_again(old, four):
    old.prune(3, keep_rows_days=KEEP)
    first = four[0]
    for refused in (
        lambda: undo(old.connection, first, "rita", datetime.now(UTC)),
        lambda: named_imports(old.connection, [first.partition_key]),
        lambda: imports_of_days(
            old.connection, old.account, first.received_at.date(), first.received_at.date()
        ),
    ):
        with pytest.raises(NotAllowed, match=r"were archived on .*keep-and-prune"):
            refused()
        old.connection.rollback()
    run = RunOfImports("run", by_a_person=True)
    (left,) = take_turn(old.connection, old.settings, first.partition_key, run)
    assert isinstance(left, LeftAlone)
    assert "archived" in left.reason


def test_a_young_import_is_undone_as_before_while_history_is_kept(old, four):
    old.prune(3, keep_rows_days=KEEP)
    done = undo(old.connection, four[3], "rita", datetime.now(UTC))
    old.connection.commit()
    assert (done.removed, done.changed) == (1, 1)
    city = old.connection.execute("SELECT city FROM patient_address WHERE city = 'Bern'")
    assert city.rowcount == 1


def test_an_undo_that_needs_archived_history_is_refused_and_takes_nobodys_values(old, four):
    old.prune(3, keep_rows_days=KEEP, keep_history_days=KEEP)
    assert old.count("patient_change") < 8
    people = old.connection.execute("SELECT * FROM patient ORDER BY id").fetchall()
    with pytest.raises(NotAllowed, match=r"history of 1 patients from before .* was archived"):
        undo(old.connection, four[3], "rita", datetime.now(UTC))
    old.connection.rollback()
    assert old.connection.execute("SELECT * FROM patient ORDER BY id").fetchall() == people


@pytest.mark.usefixtures("four")
def test_a_patient_of_archived_history_keeps_the_values_without_their_origin(old):
    old.prune(3, keep_rows_days=KEEP, keep_history_days=KEEP)
    ((patient,),) = old.connection.execute("SELECT id FROM patient ORDER BY id LIMIT 1").fetchall()
    record = read_record(old.connection, old.account.id, patient)
    origins = {fact.address: fact.origin for fact in record.facts}
    assert origins["last_name"] is None
    assert record.history_since is not None


def test_a_month_stays_while_one_of_its_imports_is_not_over(old, four):
    old.connection.execute("UPDATE import SET state = 'waiting' WHERE id = %s", (four[0].id,))
    old.connection.commit()
    assert old.prune(3, keep_rows_days=KEEP) == {}
    assert old.count("import_row") == 8


def test_a_month_stays_while_one_of_its_imports_was_run_again_lately(old, four):
    at = start_of_month(old.begin, 3)
    old.connection.execute(
        "UPDATE attempt SET finished_at = %s WHERE import_id = %s", (at, four[0].id)
    )
    old.connection.commit()
    assert old.prune(3, keep_rows_days=KEEP) == {}


def test_what_a_killed_prune_left_is_finished_by_the_next(old, four):
    (lowest, *_) = list_partitions(old.connection, ("import_row",))
    old.connection.commit()
    old.connection.autocommit = True
    old.connection.execute(
        "UPDATE import SET rows_archived_at = now() WHERE id = %s", (four[0].id,)
    )
    old.connection.execute(f"ALTER TABLE import_row DETACH PARTITION {lowest.name} CONCURRENTLY")
    old.connection.autocommit = False
    old.prune(3, keep_rows_days=KEEP)
    assert lowest.name in old.files()
    names = [each.name for each in list_partitions(old.connection, ("import_row",))]
    assert len(names) == len(set(names))
    assert list_partitions(old.connection, ("import_row",))[0].lower is None


@pytest.mark.usefixtures("four")
def test_files_of_new_months_are_imported_after_old_ones_left(old):
    old.prune(3, keep_rows_days=KEEP, keep_history_days=KEEP)
    done = old.send(maria(city="Lima"), month=3, name="new.csv")
    assert done.state == "completed"
