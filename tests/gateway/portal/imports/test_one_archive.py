"""An archive with several rosters in the portal: one entry, one page, one undo."""

import re

from tests.archives import zipped
from tests.gateway.portal.conftest import run_all

ARCHIVE = zipped(
    {
        "north.csv": "C-1,Ada,Sample,1980,f\nC-2,Ben,Sample,1981,m\n",
        "south.csv": "C-3,Cleo,Sample,1982,f\nC-4,Dan,Sample,soon,m\n",
    }
)


def check(browser, portal):
    """Upload the archive and have it and its members checked; the address of its page."""
    browser.check(ARCHIVE, name="rosters.zip")
    where = browser.path
    run_all(portal)
    run_all(portal)
    return where


def test_a_check_shows_each_roster_and_leads_to_an_import_of_all(browse, portal, clinic):
    assert clinic
    rita = browse("admin@clinic.test")
    where = check(rita, portal)
    page = rita.get(where).text
    assert "2 rosters in the archive, each checked by itself." in page
    assert re.findall(r'title="rosters.zip/([^"]+)"', page) == ["north.csv", "south.csv"]
    assert "3 of 4 rows can be imported." in page
    rita.post(f"{where}/import")
    imported = rita.path
    assert imported != where
    assert "Waiting to start" in rita.get(imported).text
    run_all(portal)
    running = rita.get(imported).text
    assert "Importing the files in this archive" in running
    told = rita.client.get(f"{imported}/progress").json()
    assert (told["state"], told["over"], len(told["steps"])) == ("processing", False, 2)
    run_all(portal)
    done = rita.get(imported).text
    assert rita.client.get(f"{imported}/progress").json()["over"] is True
    assert "Importing the files" not in done
    assert "See the import" in rita.get(where).text


def test_history_has_one_entry_and_finds_a_member_by_its_name(browse, portal, clinic):
    assert clinic
    ada = browse("importer@clinic.test")
    where = check(ada, portal)
    history = ada.get("/imports").text
    assert history.count('<td class="file">') == 1
    assert "2 files in one archive" in history
    assert "1 failed" in history
    found = ada.get("/imports", q="south").text
    assert 'title="rosters.zip/south.csv"' in found
    member = re.search(r'href="(/imports/[^"]+)" title="rosters.zip/south.csv"', found)[1]
    assert f'<a href="{where}">The archive of this file</a>' in ada.get(member).text
    desk = ada.get("/").text
    assert desk.count("rosters.zip is checked") == 1


def test_an_archive_is_undone_on_its_page(browse, portal, clinic, connection):
    assert clinic
    rita = browse("admin@clinic.test")
    where = check(rita, portal)
    rita.post(f"{where}/import")
    imported = rita.path
    run_all(portal)
    run_all(portal)
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (3,)
    connection.commit()
    undo = f"{imported}/undo"
    done = rita.post(undo, seen=rita.token(undo, "seen")).text
    assert "This import was undone" in done
    assert "3 patients removed" in done
    assert connection.execute("SELECT count(*) FROM patient").fetchone() == (0,)
    connection.commit()
    assert '<span class="state warn">Undone</span>' in rita.get("/imports").text


def test_cancelled_its_members_are_and_the_page_says_so(browse, portal, clinic, connection):
    assert clinic
    ada = browse("importer@clinic.test")
    ada.check(ARCHIVE, name="rosters.zip")
    where = ada.path
    run_all(portal)
    ada.post(f"{where}/cancel")
    states = connection.execute("SELECT state FROM import WHERE member IS NOT NULL").fetchall()
    assert states == [("cancelled",)] * 2
    connection.commit()
    assert "Cancelled" in ada.get(where).text
