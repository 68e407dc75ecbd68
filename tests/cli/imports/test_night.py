import json

import pytest

from registry.accounts.accounts import add_account
from tests.files import care, john, maria
from tests.importing import process, put

pytestmark = pytest.mark.dated

BAD = {**john(), "born": "soon"}


@pytest.fixture
def imported(home, connection, tmp_path):
    """Puts a file of the clinic through the stages."""
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()

    def run(content):
        received = put(home, connection, account, content, folder=tmp_path, name="lopez.csv")
        done = process(home, connection, received)
        connection.commit()
        return done

    return run


def test_a_night_without_files_is_one_line(rosterline):
    assert "no import ended" in rosterline("night").stdout
    found = json.loads(rosterline("night", "--json").stdout)
    assert found == {
        "date": None, "accounts": [], "rules": [], "troubles": [], "restarts": {}
    }  # fmt: skip


def test_a_night_is_one_screen_of_accounts_rules_and_what_needs_a_hand(rosterline, imported):
    imported(care(maria(), john()))
    imported(care(maria(city="Rome"), BAD))
    broken = imported(care(maria()).split("\r\n", 1)[1])
    ran = rosterline("night")
    assert ran.exit_code == 0
    (line,) = [each for each in ran.stdout.splitlines() if each.strip().startswith("clinic")]
    assert line.split()[1:9] == ["3", "1", "4", "2", "1", "0", "1", "25.0%"]
    (rule,) = [each for each in ran.stdout.splitlines() if "not_a_date" in each]
    assert "Patient Birthday" in rule
    assert rule.split()[-2:] == ["1", "25.0%"]
    assert f"failed  {broken.imported.partition_key}" in ran.stdout
    assert "header_unusable, the first line names no column that the format knows" in ran.stdout
    assert f"rosterline status {broken.imported.partition_key[-10:]}" in ran.stdout
    assert len(ran.stdout.splitlines()) < 24


def test_it_holds_neither_a_patient_nor_the_name_of_a_file(rosterline, imported):
    imported(care(maria(), BAD))
    imported(care(maria()).split("\r\n", 1)[1])
    for arguments in ((), ("--json",)):
        said = rosterline("night", *arguments).stdout.lower()
        assert not [word for word in ("lopez", "maria", "1961", "soon", "smith") if word in said]


def test_scripts_get_everything(rosterline, imported):
    imported(care(maria(), BAD))
    found = json.loads(rosterline("night", "--json").stdout)
    (account,) = found["accounts"]
    assert (account["records"], account["errored"], account["error_share"]) == (2, 1, 0.5)
    assert account["usual_share"] is None
    assert [each["code"] for each in found["rules"]] == ["not_a_date"]
    assert found["troubles"] == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--account", "nobody"), "no account"),
        (("--date", "yesterday"), "yesterday"),
    ],
)
def test_an_invalid_question_is_an_error(rosterline, arguments, said):
    ran = rosterline("night", *arguments)
    assert ran.exit_code == 1
    assert said in ran.stderr


def test_another_day_is_another_night(rosterline, imported):
    imported(care(maria()))
    assert "no import ended" in rosterline("night", "--date", "2020-01-01").stdout


def test_a_full_disk_is_said_first_and_that_nothing_is_taken_in(rosterline, imported, monkeypatch):
    imported(care(maria()))
    assert "No file is taken in" not in rosterline("night").stderr
    monkeypatch.setenv("ROSTERLINE_DISK_RESERVE_BYTES", str(2**60))
    ran = rosterline("night")
    assert ran.exit_code == 0
    said = " ".join(ran.stderr.split())
    assert "No file is taken in and no import begins until there is room; nothing was lost." in said
    assert "clinic" in ran.stdout, "the report itself is shown as well"
    assert json.loads(rosterline("night", "--json").stdout)["accounts"]
