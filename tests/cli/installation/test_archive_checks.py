"""`rosterline doctor --archive` reads all that is kept, and `rosterline result` mends a result."""

import json

import pytest

from registry.accounts.accounts import add_account
from registry.landing.receive import archived_path
from tests.importing import process, put


@pytest.fixture
def imported(home, connection, tmp_path):
    account = add_account(connection, "acme", "ptdirect")
    received = put(home, connection, account, "1,Ada,Smith,1977,f\n", folder=tmp_path)
    done = process(home, connection, received)
    connection.commit()
    return done


def checked(rosterline):
    """The two checks of kept files, by name."""
    found = json.loads(rosterline("doctor", "--archive", "--json").stdout)
    return {check["name"]: check for check in found if check["name"] in ("archive", "results")}


def test_intact_files_pass_and_are_read_only_when_asked_for(rosterline, imported):  # noqa: ARG001
    found = checked(rosterline)
    assert [found[name]["level"] for name in ("archive", "results")] == ["ok", "ok"]
    assert found["results"]["found"].startswith("2 files")
    assert '"archive"' not in rosterline("doctor", "--json").stdout


def test_damaged_and_missing_files_are_named_by_their_imports(rosterline, home, imported):
    key = imported.imported.partition_key
    archived = archived_path(home, imported.imported.sha256)
    archived.chmod(0o600)
    archived.write_bytes(b"1,Ada,Smitx,1977,f\n")
    result, failed_rows = sorted((home.results_dir / key).iterdir(), key=lambda p: len(p.name))
    result.chmod(0o600)
    result.write_bytes(b"")
    failed_rows.unlink()
    found = checked(rosterline)
    assert found["archive"]["found"] == f"1 of 1 damaged: {key}"
    assert found["results"]["found"] == f"1 of 2 damaged: {key}; 1 of 2 gone: {key}"
    assert {check["level"] for check in found.values()} == {"fail"}
    archived.unlink()
    assert checked(rosterline)["archive"]["found"] == f"1 of 1 gone: {key}"


def test_a_damaged_result_is_made_again_by_asking_for_it(rosterline, home, imported):
    key = imported.imported.partition_key
    for path in (home.results_dir / key).iterdir():
        path.chmod(0o600)
        path.write_bytes(b"nothing")
    assert rosterline("result", key).stdout_bytes.decode() == imported.result
    rosterline("result", key, "--failed-rows")
    assert {check["level"] for check in checked(rosterline).values()} == {"ok"}


def test_a_result_that_cannot_be_made_again_is_not_served(rosterline, home, imported):
    key = imported.imported.partition_key
    for path in (home.results_dir / key).iterdir():
        path.unlink()
    archived = archived_path(home, imported.imported.sha256)
    archived.chmod(0o600)
    archived.write_bytes(b"1,Ada,Smitx,1977,f\n")
    answer = rosterline("result", key)
    assert answer.exit_code != 0
    assert answer.stdout == ""
    assert "is damaged" in answer.output
