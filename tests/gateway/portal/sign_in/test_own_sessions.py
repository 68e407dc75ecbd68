"""Users see where they are signed in, and end sessions."""

import re

import pytest

from gateway.portal.sign_in.own_sessions import browser_name
from registry.accounts.portal_users import find_user, remove_user
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, is_signed_in

pytestmark = pytest.mark.usefixtures("clinic")


def ids_on(page) -> list[str]:
    return [each for each in re.findall(r'name="id" value="([^"]+)"', page.text) if each.isdigit()]


def test_a_user_sees_where_they_are_signed_in(browse):
    ada = browse(ADA)
    browse(ADA, at="127.0.0.2")
    browse("viewer@clinic.test", at="127.0.0.3")
    page = ada.get("/sessions")
    said = text_of(page)
    assert "127.0.0.1" in said
    assert "127.0.0.2" in said
    assert "127.0.0.3" not in said
    assert said.count("This one") == 1
    assert len(ids_on(page)) == 1
    cookie = ada.client.cookies["rosterline"]
    assert cookie not in page.text


def test_one_session_is_ended_or_all_but_this_one(browse):
    ada, second, third, fourth = (browse(ADA, at=f"127.0.0.{each}") for each in (2, 3, 4, 5))
    found = ids_on(ada.get("/sessions"))
    assert len(found) == 3
    ada.post("/sessions", id=found[0])  # the one that began last
    assert "The session is ended." in text_of(ada.page)
    assert [is_signed_in(each) for each in (ada, second, third, fourth)] == [True] * 3 + [False]
    ada.post("/sessions", id="others")
    assert [is_signed_in(each) for each in (ada, second, third)] == [True, False, False]
    assert ids_on(ada.get("/sessions")) == []


@pytest.mark.parametrize("wanted", ["0", "-1", "x", "", "9" * 40, "²"])
def test_a_session_that_does_not_exist_is_told_of(browse, wanted):
    assert browse(ADA).post("/sessions", id=wanted).status_code == 409


def test_nobody_ends_the_session_of_somebody_else(browse, connection):
    ada, eve = browse(ADA), browse("admin@clinic.test")
    (number,) = connection.execute(
        "SELECT portal_session.id FROM portal_session JOIN portal_user ON user_id = portal_user.id"
        " WHERE name = %s",
        (ADA,),
    ).fetchone()
    assert eve.post("/sessions", id=str(number)).status_code == 409
    assert is_signed_in(ada)


def test_the_sessions_of_a_removed_user_are_over(browse, connection):
    ada = browse(ADA)
    remove_user(connection, find_user(connection, ADA))
    connection.commit()
    assert not is_signed_in(ada)


@pytest.mark.parametrize(
    ("says", "shown"),
    [
        ("Mozilla/5.0 (Windows NT 10.0) … Chrome/140.0 Safari/537.36 Edg/140.0", "Edge on Windows"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) … Safari/605", "Safari on iPhone"),
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/2010 Firefox/140.0", "Firefox on Linux"),
        ("python-httpx/0.28", "Another program"),
        (None, "Another program"),
    ],
)
def test_a_browser_is_named_as_people_know_it(says, shown):
    assert browser_name(says) == shown
