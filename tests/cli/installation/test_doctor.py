import json
import socket
from datetime import timedelta

import psutil
import pytest

from cli.installation import service_checks
from cli.installation.database_checks import check_clock, check_drop_folders
from registry.accounts.accounts import add_account
from registry.database.connections import connect_as_owner
from registry.database.row_level_security import ROLE
from registry.landing.drop_folder import PENDING, account_folder, ensure_folders
from registry.processes import ProcessId, write_pid_file
from tests.importing import put
from tests.rights import held_to_modes


def found(result):
    """Level by name of check."""
    return {check["name"]: check["level"] for check in json.loads(result.stdout)}


def test_a_sound_installation_passes_and_names_services_that_do_not_run(rosterline):
    examined = rosterline("doctor", "--json")
    assert examined.exit_code == 0, examined.output
    levels = found(examined)
    assert {levels[name] for name in ("python", "time zones", "folders", "database")} == {"ok"}
    assert {levels[name] for name in ("tables", "row-level security", "accounts", "imports")} == {
        "ok"
    }
    assert {levels[name] for name in ("api", "daemon", "marts", "sftp", "webserver")} == {"warn"}
    assert "`rosterline up`" in rosterline("doctor").stdout


def test_an_unreachable_database_fails_and_the_other_checks_run(rosterline, monkeypatch):
    monkeypatch.setenv("ROSTERLINE_DATABASE_URL", "postgresql://user:secret@127.0.0.1:1/nothing")
    examined = rosterline("doctor", "--json")
    assert examined.exit_code == 1
    levels = found(examined)
    assert levels["database"] == "fail"
    assert levels["folders"] == "ok"
    assert "webserver" in levels
    assert "secret" not in examined.output


def test_tables_of_an_older_version_fail(rosterline, home):
    with connect_as_owner(home) as connection:
        newest = connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    try:
        examined = rosterline("doctor", "--json")
    finally:
        with connect_as_owner(home) as connection:
            connection.execute("UPDATE alembic_version SET version_num = %s", (newest,))
    assert examined.exit_code == 1
    assert found(examined)["tables"] == "fail"


def test_imports_that_are_not_over_are_counted(rosterline, home, connection, tmp_path):
    account = add_account(connection, "acme", "ptdirect")
    put(home, connection, account, "1,Ada,Smith,1977,f\n", folder=tmp_path)
    assert found(rosterline("doctor", "--json"))["imports"] == "warn"
    assert "1 waiting, 0 being processed" in rosterline("doctor").stdout


@pytest.mark.parametrize(
    ("damage", "repair", "said"),
    [
        ("ALTER TABLE account DISABLE ROW LEVEL SECURITY",
         "ALTER TABLE account ENABLE ROW LEVEL SECURITY", "sees rows of every account"),
        (f"REVOKE SELECT ON import FROM {ROLE}", f"GRANT SELECT ON import TO {ROLE}",
         "InsufficientPrivilege"),
    ],
    ids=["no policies", "no rights"],
)  # fmt: skip
def test_a_database_without_row_level_security_fails(rosterline, connection, damage, repair, said):
    add_account(connection, "acme", "ptdirect")
    connection.execute(damage)
    connection.commit()
    try:
        examined = rosterline("doctor", "--json")
    finally:
        connection.execute(repair)
        connection.commit()
    assert examined.exit_code == 1
    assert found(examined)["row-level security"] == "fail"
    assert said in examined.stdout
    assert found(rosterline("doctor", "--json"))["row-level security"] == "ok"


def test_a_port_that_another_process_listens_on_fails(rosterline, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as other:
        monkeypatch.setenv("ROSTERLINE_HTTP_PORT", str(other.getsockname()[1]))
        examined = rosterline("doctor", "--json")
    assert found(examined)["api"] == "fail"
    assert "ROSTERLINE_HTTP_PORT" in examined.stdout


def test_a_service_that_runs_and_does_not_answer_fails(rosterline, home, monkeypatch):
    with socket.create_server(("127.0.0.1", 0)) as probe:
        monkeypatch.setenv("ROSTERLINE_HTTP_PORT", str(probe.getsockname()[1]))
    home.dagster_dir.mkdir(parents=True)
    write_pid_file(home.dagster_dir / "api.pid", ProcessId.of(psutil.Process()))
    examined = rosterline("doctor", "--json")
    assert found(examined)["api"] == "fail"
    assert "does not answer" in examined.stdout


def test_a_service_that_ended_by_itself_fails_and_says_what_does_not_work(rosterline, home):
    home.dagster_dir.mkdir(parents=True)
    gone = ProcessId(psutil.Process().pid, psutil.Process().create_time() - 3600)
    write_pid_file(home.dagster_dir / "marts.pid", gone)
    examined = rosterline("doctor", "--json")
    assert examined.exit_code == 1
    (marts,) = [each for each in json.loads(examined.stdout) if each["name"] == "marts"]
    assert (marts["level"], marts["found"]) == (
        "fail",
        f"ended by itself: {service_checks.MISSED['marts']}",
    )
    assert "`rosterline up` starts it again" in marts["todo"]
    assert found(examined)["daemon"] == "warn", "it was never started"


def test_files_that_cannot_be_taken_in_are_counted_by_account(home, connection):
    small = home.model_copy(update={"max_file_bytes": 10})
    accounts = [add_account(connection, name, "ptdirect") for name in ("acme", "clinic", "desk")]
    for each in accounts[:2]:
        ensure_folders(small, each)
    pending = account_folder(small, accounts[0]) / PENDING
    for name, size in (("jane-doe.csv", 1), ("large.csv", 11), ("good.csv", 10), (".part", 11)):
        (pending / name).write_text("x" * size)
    assert "acme (1)" in check_drop_folders(small, accounts).found
    (pending / "jane-doe.csv").chmod(0)
    with held_to_modes():
        check = check_drop_folders(small, accounts)
    assert (check.level, check.found) == ("warn", "files that cannot be taken in: acme (2)")
    assert check_drop_folders(small, accounts[1:]).level == "ok"


class TestClock:
    def test_clocks_that_agree_pass(self, connection):
        now = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        assert check_clock(connection, now).level == "ok"

    @pytest.mark.parametrize("off", [timedelta(days=3), -timedelta(minutes=5)], ids=str)
    def test_this_machines_clock_is_held_against_postgresqls(self, connection, off):
        now = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        found = check_clock(connection, now + off)
        assert found.level == "warn"
        assert f"{abs(off)} apart" in found.found

    def test_an_import_that_is_dated_ahead_is_named(self, home, connection, tmp_path):
        account = add_account(connection, "acme", "ptdirect")
        now = connection.execute("SELECT clock_timestamp()").fetchone()[0]
        ahead = put(
            home, connection, account, "1,Ada,Smith,1977,f\n", folder=tmp_path,
            received_at=now + timedelta(days=3),
        )  # fmt: skip
        found = check_clock(connection, now)
        assert found.level == "warn"
        assert f"import {ahead.partition_key} is dated" in found.found


def test_a_gateway_that_signs_in_as_the_owner_is_said(rosterline, monkeypatch):
    checks = {each["name"]: each for each in json.loads(rosterline("doctor", "--json").stdout)}
    said = {name: checks[name] for name in ("gateway's login", "login of runs")}
    assert [each["level"] for each in said.values()] == ["ok", "ok"], said
    for name in ("GATEWAY", "RUNS"):
        monkeypatch.delenv(f"ROSTERLINE_{name}_DATABASE_URL")
    checks = {each["name"]: each for each in json.loads(rosterline("doctor", "--json").stdout)}
    gateway, runs = checks["gateway's login"], checks["login of runs"]
    assert (gateway["level"], runs["level"]) == ("warn", "warn")
    assert "API, portal and SFTP server sign in as" in gateway["found"]
    assert "who is a superuser" in gateway["found"]
    assert "set ROSTERLINE_GATEWAY_DATABASE_URL" in gateway["todo"]
    assert "rosterline_runs" in runs["todo"]
