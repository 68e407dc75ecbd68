"""Pages of the portal over a real streaming replica, and what a user just wrote."""

import time
from datetime import UTC, datetime

import httpx
import psycopg
import pytest

from registry.accounts.accounts import add_facility
from registry.accounts.portal_sessions import open_session
from registry.accounts.portal_users import add_user
from registry.database.connections import connect
from registry.migrations import migrate
from registry.settings import Settings
from tests.clusters import cluster, replica_of
from tests.gateway.portal.conftest import Browser, password_hash, serving, with_users
from tests.importing import process, put

ROSTER = "C-1,Ada,Uno,1970,f\n"
READ_PAGES = ("/desk", "/imports", "/patients", "/review", "/review/judged")
SECONDS = 60


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """A portal with a replica; an import is there, and an importer has signed in."""
    home = tmp_path_factory.mktemp("home")
    with cluster("wal_level = replica", "max_wal_senders = 5") as primary:
        own = Settings(home=home, database_url=primary.url())
        migrate(own)
        with connect(own) as connection:
            account = with_users(connection, "clinic")
            add_facility(connection, account, "Main")
            user = add_user(connection, account, "ann@clinic.test", "admin", password_hash())
            cookie = open_session(connection, user, datetime.now(UTC))
            imported = put(own, connection, account, ROSTER, folder=home)
            process(own, connection, imported)
            connection.commit()
        with replica_of(primary) as copy:
            both = own.model_copy(update={"database_replica_url": copy.url()})
            with serving(both) as served, _browser(served, cookie) as client:
                yield Browser(client), primary, copy, imported


def _browser(served, cookie):
    return httpx.Client(
        base_url=f"http://127.0.0.1:{served.http_port}",
        cookies={"rosterline": cookie},
        timeout=60,
        headers={"origin": f"http://127.0.0.1:{served.http_port}"},
    )


def until(happened):
    end = time.monotonic() + SECONDS
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.2)


def test_lists_can_be_read_from_a_replica(site):
    browser, _, _, imported = site
    pages = [*READ_PAGES, f"/imports/{imported.id}", f"/imports/{imported.id}/progress"]
    for page in pages:
        assert browser.get(page).status_code == 200, page
    assert "roster.csv" in browser.get("/imports").text


def test_what_a_user_just_wrote_is_on_the_next_page_though_the_replica_lags(site):
    browser, _, copy, _ = site
    with psycopg.connect(copy.url(), autocommit=True) as replica:
        replica.execute("SELECT pg_wal_replay_pause()")  # It only asks for the pause.
        paused = "SELECT pg_get_wal_replay_pause_state() = 'paused'"
        until(lambda: replica.execute(paused).fetchone() == (True,))
        try:
            browser.check("C-2,Bob,Due,1980,m\n", name="fresh.csv")
            assert "fresh.csv" in browser.get("/imports").text
            # Somebody who wrote nothing sees the moment before: lists come from the replica, once
            # it is asked again after the test in which it was dead.
            browser.client.cookies.delete("rosterline-written")
            until(lambda: "fresh.csv" not in browser.get("/imports").text)
        finally:
            replica.execute("SELECT pg_wal_replay_resume()")
    until(lambda: "fresh.csv" in browser.get("/imports").text)


def test_pages_come_from_the_primary_while_the_replica_is_dead(site, caplog):
    browser, _, copy, _ = site
    copy.stop()
    try:
        for page in READ_PAGES:
            began = time.monotonic()
            assert browser.get(page).status_code == 200, page
            assert time.monotonic() - began < 10
        assert "the read-only replica is not used" in caplog.text
    finally:
        copy.start()
    assert browser.get("/imports").status_code == 200
