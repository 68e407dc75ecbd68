"""Imports by the command, in a real Dagster instance."""

import json
import signal
import time
from pathlib import Path

import pytest

from registry.accounts.accounts import add_account, add_facility
from registry.landing.drop_folder import PENDING, RESULTS, account_folder, ensure_folders
from registry.ledger.imports import get_import, list_imports
from tests.archives import zipped
from tests.importing import put

GOOD = "C1,Ada,Smith,1977,f\nC2,Ben,Jones,1980,m\n"
STAGES = ["landed_files", "staged_patients", "matched_patients", "patients", "result_files"]


@pytest.fixture
def account(connection):
    added = add_account(connection, "acme", "ptdirect")
    connection.commit()
    return added


@pytest.fixture
def roster(tmp_path):
    file = tmp_path / "roster.csv"
    file.write_text(GOOD)
    return file


class TestWhatIsRefusedBeforeAnythingRuns:
    @pytest.mark.usefixtures("account")
    def test_a_format_that_is_not_the_accounts(self, rosterline, roster, connection):
        refused = rosterline("import", roster, "--account", "acme", "--format", "metriport")
        assert refused.exit_code == 1
        assert "sends ptdirect files, not metriport" in refused.stderr
        assert list_imports(connection) == []

    @pytest.mark.parametrize(
        ("option", "expected"), [("--account", "no account 'x'"), ("--format", "no format 'x'")]
    )
    def test_what_does_not_exist(self, rosterline, account, roster, option, expected):
        given = {"--account": account.name, "--format": account.format} | {option: "x"}
        arguments = [word for pair in given.items() for word in pair]
        refused = rosterline("import", roster, *arguments)
        assert refused.exit_code == 1
        assert expected in refused.stderr

    def test_a_file_that_is_not_there(self, rosterline, account, tmp_path):
        assert rosterline("import", tmp_path / "no.csv", "-a", account.name).exit_code == 1

    def test_a_facility_of_another_account(self, rosterline, account, roster, connection):
        other = add_account(connection, "other", "metriport")
        facility = add_facility(connection, other, "North")
        connection.commit()
        refused = rosterline("import", roster, "-a", account.name, "--facility", facility.id)
        assert refused.exit_code == 1
        assert str(facility.id) in refused.stderr

    def test_an_account_without_a_facility_where_patients_have_one(
        self, rosterline, roster, connection
    ):
        harbor = add_account(connection, "harbor", "metriport")
        connection.commit()
        refused = rosterline("import", roster, "-a", harbor.name)
        assert refused.exit_code == 1
        assert "has no facility yet; add the one" in " ".join(refused.stderr.split())
        assert list_imports(connection) == []


@pytest.mark.slow
class TestImport:
    def test_each_roster_of_an_archive_is_imported_and_the_exit_code_tells_of_all(
        self, command, account, tmp_path
    ):
        file = tmp_path / "rosters.zip"
        file.write_bytes(zipped({"a.csv": GOOD, "b.csv": "C3,Cleo,Smith,1980,f\n"}))
        ran = command("import", file, "--account", account.name, "--json")
        assert ran.returncode == 0, ran.stderr
        found = json.loads(ran.stdout)
        assert found["state"] == "unpacked"
        done = [(each["file_name"], each["state"], each["records"]) for each in found["members"]]
        assert done == [
            ("rosters.zip/a.csv", "completed", 2),
            ("rosters.zip/b.csv", "completed", 1),
        ]
        file.write_bytes(zipped({"a.csv": GOOD, "b.csv": 'C4,"Ann,Smith\n'}))
        again = command("import", file, "--account", account.name)
        assert again.returncode == 2, again.stderr
        assert " b.csv " in again.stdout

    def test_a_file_is_imported_and_shown_in_full(self, command, account, roster):
        ran = command("import", roster, "--account", account.name, "--json")
        assert ran.returncode == 0, ran.stderr
        assert ran.stderr == ""
        found = json.loads(ran.stdout)
        assert found["state"] == "completed"
        assert found["counts"] == {"created": 2, "updated": 0, "unchanged": 0, "errored": 0}
        assert list(found["seconds"]) == STAGES
        assert command("result", found["import"]).stdout == Path(found["result"]).read_text()

    def test_a_file_that_fails_exits_with_2(self, rosterline, account, tmp_path):
        file = tmp_path / "broken.csv"
        file.write_bytes(b"%PDF-1.7 no roster")
        ran = rosterline("import", file, "--account", account.name)
        assert ran.exit_code == 2
        assert "failed" in ran.stdout

    def test_a_dry_run_writes_no_patient(self, rosterline, account, roster, connection):
        ran = rosterline("import", roster, "--account", account.name, "--dry-run", "--json")
        assert ran.exit_code == 0, ran.stderr
        assert json.loads(ran.stdout)["counts"]["created"] == 2
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)

    @pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL], ids=["Ctrl-C", "kill"])
    def test_an_import_that_was_cut_off_is_resumed(
        self, start, rosterline, account, tmp_path, connection, sign
    ):
        file = tmp_path / "large.csv"
        file.write_text("".join(f"C{n},Ada,Smith {n},1977,f\n" for n in range(1000)))
        with start("import", file, "--account", account.name) as process:
            imported = wait_until_processing(connection, process)
            process.send_signal(sign)
            _, stderr = process.communicate()
        assert process.returncode != 0
        if sign == signal.SIGINT:
            assert process.returncode == 1
            assert imported.partition_key in stderr
            assert "rosterline process-pending" in stderr
        assert get_import(connection, imported.partition_key).state == "processing"
        connection.rollback()

        ran = rosterline("process-pending", "--json")
        assert ran.exit_code == 0, ran.stderr
        (found,) = json.loads(ran.stdout)
        assert found["import"] == str(imported.id)
        assert found["state"] == "completed"
        assert found["counts"]["created"] == 1000
        assert connection.execute("SELECT count(*) FROM patient").fetchone() == (1000,)


@pytest.mark.slow
class TestProcessPending:
    def test_it_takes_in_dropped_files_and_imports_all_that_waits(
        self, rosterline, home, account, connection, tmp_path
    ):
        waiting = put(home, connection, account, GOOD, folder=tmp_path)
        ensure_folders(home, account)
        root = account_folder(home, account)
        (root / PENDING / "dropped.csv").write_text("C3,Cleo,Lee,1990,f\n")
        (root / PENDING / "dropped.csv.part").write_text("C4,Dan,")

        ran = rosterline("process-pending", "--json")
        assert ran.exit_code == 0, ran.stderr
        first, second = json.loads(ran.stdout)
        assert first["import"] == str(waiting.id)
        assert second["file_name"] == "dropped.csv"
        assert {each["state"] for each in (first, second)} == {"completed"}
        assert [path.name for path in (root / PENDING).iterdir()] == ["dropped.csv.part"]
        assert len(list((root / RESULTS).iterdir())) == 1
        assert rosterline("process-pending").stdout == "Nothing waits.\n"

    def test_only_files_of_the_named_account_are_imported(
        self, rosterline, home, account, connection, tmp_path
    ):
        other = add_account(connection, "other", "ptdirect")
        left = put(home, connection, other, GOOD, folder=tmp_path)
        put(home, connection, account, GOOD, folder=tmp_path)
        ran = rosterline("process-pending", "--account", account.name, "--json")
        assert [each["account"] for each in json.loads(ran.stdout)] == [account.name]
        assert get_import(connection, left.partition_key).state == "waiting"


def wait_until_processing(connection, process):
    """The only import there is, once a run has opened an attempt over it."""
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline and process.poll() is None:
        opened = connection.execute("SELECT 1 FROM attempt").fetchone()
        (imported,) = list_imports(connection) or [None]
        connection.rollback()
        if opened:
            return imported
        time.sleep(0.02)
    pytest.fail(f"no attempt was opened; the command ended with {process.poll()}")
