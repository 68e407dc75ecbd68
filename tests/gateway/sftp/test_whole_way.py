"""From a customer's upload to the result that they fetch."""

import os
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import asyncssh
import pytest

from registry.landing.drop_folder import PENDING, RESULTS
from tests.files import care, john, maria
from tests.importing import process

ROSTER = f"{PENDING}/roster.csv"


def results(client):
    return sorted(set(client.listdir(RESULTS)) - {".", ".."})


@pytest.fixture
def run(connection, server):
    """A nightly run over everything of a customer that waits."""

    def nightly(who):
        waiting = [each for each in who.imports() if each.state == "waiting"]
        return [process(server, connection, each) for each in waiting]

    return nightly


@pytest.fixture
def dated(acme):
    """A result's name: the day of the upload where the customer is.

    Of the first upload, for the clock may be a day further by now.
    """

    def name_of(name="roster.csv"):
        first = min(each.received_at for each in acme.imports())
        return f"{first.astimezone(ZoneInfo('America/New_York')).date()}_{name}"

    return name_of


@pytest.mark.dated
def test_an_upload_is_processed_and_its_result_can_be_fetched(acme, ada, run, dated):
    ada.put_bytes(ROSTER, care(maria(), john(born="soon")).encode())
    (done,) = run(acme)
    assert datetime.now(UTC) - done.imported.received_at < timedelta(minutes=5)
    assert done.imported.state == "completed"
    assert acme.names() == []
    assert set(ada.listdir(PENDING)) == {".", ".."}
    assert dated() in results(ada)
    text = ada.read_bytes(f"{RESULTS}/{dated()}").decode("utf-8-sig")
    assert "Created" in text
    assert "Errored" in text
    assert text.encode() == (acme.results / dated()).read_bytes().removeprefix(b"\xef\xbb\xbf")


def test_a_result_is_read_only_on_disk_and_at_the_server(acme, ada, run):
    ada.put_bytes(ROSTER, care(maria()).encode())
    run(acme)
    for name in results(ada):
        if acme.on_disk:
            assert (acme.results / name).stat().st_mode & 0o222 == 0
        assert ada.stat(f"{RESULTS}/{name}").permissions & 0o777 == 0o444
        for attempt in (
            ada.remove,
            lambda path: ada.open(path, "r+b"),
            lambda path: ada.posix_rename(path, ROSTER),
        ):
            with pytest.raises(asyncssh.SFTPPermissionDenied):
                attempt(f"{RESULTS}/{name}")


def test_a_second_upload_of_a_name_on_a_day_gets_a_number(acme, ada, run, dated):
    for roster in (care(maria()), care(john())):
        ada.put_bytes(ROSTER, roster.encode())
        run(acme)
    assert {dated(), dated("roster_2.csv")} <= set(results(ada))
    assert b"Maria" in ada.read_bytes(f"{RESULTS}/{dated()}")
    assert b"John" in ada.read_bytes(f"{RESULTS}/{dated('roster_2.csv')}")


def test_two_customers_with_equal_names_get_their_own_results_only(acme, globex, call, run, dated):
    ours, theirs = call(acme), call(globex)
    ours.put_bytes(ROSTER, care(maria()).encode())
    theirs.put_bytes(ROSTER, care(john()).encode())
    run(acme)
    assert results(theirs) == []
    run(globex)
    assert results(ours) == results(theirs) != []
    our_text, their_text = (each.read_bytes(f"{RESULTS}/{dated()}") for each in (ours, theirs))
    assert b"Maria" in our_text
    assert b"John" not in our_text
    assert b"John" in their_text
    assert b"Maria" not in their_text


def test_of_several_versions_of_a_name_only_the_newest_is_processed(acme, ada, run, dated):
    ada.put_bytes(ROSTER, care(maria()).encode())
    ada.put_bytes(ROSTER, care(john()).encode())
    (done,) = run(acme)
    assert done.outcomes == ["created"]
    assert [each.state for each in acme.imports()] == ["cancelled", "completed"]
    assert b"Maria" not in ada.read_bytes(f"{RESULTS}/{dated()}")


def test_a_file_that_comes_while_an_older_one_of_its_name_is_processed_is_next(
    acme, ada, run, connection, server, dated
):
    ada.put_bytes(ROSTER, care(maria()).encode())
    (older,) = acme.imports()
    process(server, connection, older, stages=("landed_files", "staged_patients"))
    connection.commit()
    acme.set_state("processing")
    ada.put_bytes(ROSTER, care(john()).encode())
    process(server, connection, older)
    connection.commit()
    assert acme.names() == ["roster.csv"]
    assert acme.states() == ["completed", "waiting"]
    run(acme)
    assert acme.names() == []
    assert {dated(), dated("roster_2.csv")} <= set(results(ada))


def test_a_file_renamed_while_it_waits_has_its_result_under_the_new_name(acme, ada, run, dated):
    ada.put_bytes(ROSTER, care(maria()).encode())
    ada.rename(ROSTER, f"{PENDING}/patients.csv")
    run(acme)
    assert acme.names() == []
    assert dated("patients.csv") in results(ada)


@pytest.mark.on_disk
def test_hidden_drafts_and_anything_but_files_are_not_shown_among_results(acme, ada):
    (acme.results / ".draft-1").write_text("half")
    (acme.results / "folder").mkdir()
    os.mkfifo(acme.results / "pipe")
    (acme.results / "link").symlink_to("/etc/passwd")
    assert results(ada) == []
    for name in (".draft-1", "folder", "pipe", "link"):
        with pytest.raises(asyncssh.SFTPNoSuchFile):
            ada.open(f"{RESULTS}/{name}", "rb")
