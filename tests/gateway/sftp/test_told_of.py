"""What the sender is told of files that are not imported, in the folder of results over SFTP."""

from datetime import datetime
from zoneinfo import ZoneInfo

import asyncssh
import pytest

from registry.landing.drop_folder import PENDING, RESULTS
from registry.landing.helper_files import NOT_IMPORTED, TEMPORARY_NAME
from registry.landing.upload_record import REPLACED
from tests.waiting import eventually


@pytest.fixture
def told(acme, call):
    """The lines of all records, as the sender fetches them."""

    def lines():
        client = call(acme)
        names = sorted(each for each in client.listdir(RESULTS) if each.startswith("Uploads"))
        text = "".join(client.read_bytes(f"{RESULTS}/{name}").decode() for name in names)
        return [line for line in text.splitlines() if not line.startswith("Received,")]

    return lines


def test_a_replaced_upload(ada, told):
    ada.put_bytes(f"{PENDING}/roster.csv", b"older")
    assert told() == []
    ada.put_bytes(f"{PENDING}/roster.csv", b"newer")
    (line,) = told()
    assert line.endswith(f",roster.csv,5,{REPLACED}")


@pytest.mark.parametrize("name", [".hidden.csv", "roster.csv.filepart", "~roster.csv"])
def test_a_name_that_stays_temporary_until_the_session_ends(acme, ada, told, name):
    ada.put_bytes(f"{PENDING}/{name}", b"roster")
    ada.stat(f"{PENDING}/{name}")
    ada.close()
    eventually(told)
    (line,) = told()
    assert f",{name}," in line
    assert TEMPORARY_NAME in line
    assert [each.detail for each in acme.events("upload")][-1] == TEMPORARY_NAME


def test_not_a_temporary_name_that_becomes_the_final_one(acme, ada, told):
    ada.put_bytes(f"{PENDING}/roster.csv.filepart", b"roster")
    ada.rename(f"{PENDING}/roster.csv.filepart", f"{PENDING}/roster.csv")
    ada.put_bytes(f"{PENDING}/.deleted.csv", b"roster")
    ada.remove(f"{PENDING}/.deleted.csv")
    ada.close()
    eventually(lambda: len(acme.events()) >= 5)
    assert told() == []


@pytest.mark.parametrize("name", ["._roster.csv", "Thumbs.db", ".DS_Store", ".~lock.roster.csv#"])
def test_a_file_that_a_program_lays_beside_a_roster(acme, ada, told, name):
    ada.put_bytes(f"{PENDING}/{name}", b"x")
    (line,) = told()
    assert line.endswith(f",{name},,{NOT_IMPORTED}")
    assert acme.imports() == []


@pytest.mark.dated
def test_the_record_can_be_read_and_nothing_else(acme, ada):
    ada.put_bytes(f"{PENDING}/Thumbs.db", b"x")
    day = datetime.now(ZoneInfo("America/New_York")).date()
    path = f"{RESULTS}/Uploads not imported {day}.csv"
    if acme.on_disk:
        assert (acme.results / path.partition("/")[2]).stat().st_mode & 0o222 == 0
    for attempt in (lambda: ada.remove(path), lambda: ada.open(path, "wb")):
        with pytest.raises(asyncssh.SFTPPermissionDenied):
            attempt()
