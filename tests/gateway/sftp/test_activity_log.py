"""The activity log of a session, and what neither it nor the server log ever holds."""

import asyncssh
import pytest

from registry.accounts.activity_log import list_events
from registry.landing.drop_folder import PENDING, RESULTS
from tests.gateway.sftp.customers import customer, server_process
from tests.ports import free_port
from tests.waiting import eventually

ROSTER = f"{PENDING}/roster.csv"
SECRET = "Zebulon-Quackenbush"


def summary(events):
    return [(each.action, each.refused, each.file_name, each.byte_count) for each in events]


def test_a_session_is_logged_from_sign_in_to_download(acme, ada):
    (acme.results / "2026-11-21_roster.csv").write_bytes(b"result")
    ada.put_bytes(ROSTER, b"roster")
    ada.rename(ROSTER, f"{PENDING}/patients.csv")
    ada.remove(f"{PENDING}/patients.csv")
    ada.read_bytes(f"{RESULTS}/2026-11-21_roster.csv")
    eventually(lambda: len(acme.events()) == 5)
    assert summary(acme.events()) == [
        ("sign_in", False, None, None),
        ("upload", False, "roster.csv", 6),
        ("rename", False, "patients.csv", None),
        ("delete", False, "patients.csv", None),
        ("download", False, "2026-11-21_roster.csv", 6),
    ]
    assert {(each.user_name, each.address, each.door) for each in acme.events()} == {
        ("ada", "127.0.0.1", "sftp"),
    }
    assert acme.events("rename")[0].detail == "from roster.csv"


@pytest.mark.parametrize(
    ("action", "attempt"),
    [
        ("delete", lambda ada: ada.remove(ROSTER)),
        ("rename", lambda ada: ada.rename(ROSTER, f"{PENDING}/other.csv")),
    ],
    ids=["delete", "rename"],
)
def test_a_refused_request_about_a_file_is_logged_with_its_reason(acme, ada, action, attempt):
    ada.put_bytes(ROSTER, b"roster")
    acme.set_state("processing")
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        attempt(ada)
    (event,) = acme.events(action)
    assert event.refused
    assert event.detail == "this file is being processed; its result follows"


@pytest.mark.parametrize(
    "attempt",
    [
        lambda ada: ada.remove(f"{RESULTS}/2026-11-21_roster.csv"),
        lambda ada: ada.open(f"{RESULTS}/2026-11-21_roster.csv", "wb"),
        lambda ada: ada.open(f"{PENDING}/roster.csv", "rb"),
        lambda ada: ada.mkdir(f"{PENDING}/folder"),
        lambda ada: ada.rename(f"{RESULTS}/2026-11-21_roster.csv", ROSTER),
    ],
    ids=["delete result", "write result", "read back", "make folder", "take result"],
)
def test_requests_that_nobody_may_make_are_logged_as_refused(acme, ada, attempt):
    (acme.results / "2026-11-21_roster.csv").write_bytes(b"result")
    with pytest.raises(asyncssh.SFTPPermissionDenied):
        attempt(ada)
    (event,) = [each for each in acme.events() if each.refused]
    assert event.detail


def test_a_refused_sign_in_is_logged_with_the_name_that_was_given(connection, acme, call):
    for user in ("ada", "x" * 300):
        with pytest.raises(asyncssh.Error):
            call(acme, user=user, password="wrong")
    events = [each for each in list_events(connection) if each.action == "sign_in"]
    assert {each.address for each in events} == {"127.0.0.1"}
    assert all(each.refused for each in events)
    assert all(each.user_name.isprintable() and len(each.user_name) <= 64 for each in events)
    assert {each.account_id for each in events if each.user_name == "ada"} == {acme.account.id}


def test_nothing_of_a_file_or_a_password_is_in_either_log(database, connection, call, tmp_path):
    own = database.model_copy(update={"home": tmp_path / "home", "sftp_port": free_port()})
    acme = customer(connection, own, "acme", "ada")
    with server_process(own, tmp_path / "log") as server:
        client = call(acme)
        client.put_bytes(ROSTER, f"{SECRET}\r\n".encode())
        client.begin(f"{PENDING}/half.csv", SECRET.encode())
        with pytest.raises(asyncssh.PermissionDenied):
            call(acme, password=SECRET)
        with pytest.raises(asyncssh.SFTPError):
            client.stat(f"{PENDING}/{SECRET}/x")
        client.abort()
        eventually(lambda: len(acme.events("upload")) == 2)
        server.terminate()
        server.wait(20)
    log = (tmp_path / "log").read_text()
    assert "SFTP server listens on 127.0.0.1" in log
    assert "a wrong password from 127.0.0.1" in log
    kept = connection.execute("SELECT access_event::text FROM access_event").fetchall()
    for text in (log, str(kept)):
        assert SECRET not in text
        assert "Zebulon" not in text
