"""Signing in and out: sessions, throttling, and the activity log."""

from datetime import timedelta

import pytest

from gateway.portal.context import now
from registry.accounts.activity_log import list_events
from registry.accounts.portal_users import find_user, set_disabled
from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.sessions import ADA, is_signed_in, sign_in

pytestmark = pytest.mark.usefixtures("clinic")


def age(connection, column: str, by: timedelta) -> None:
    connection.execute(f"UPDATE portal_session SET {column} = %s", (now() - by,))
    connection.commit()


def test_a_user_signs_in_and_out(browse):
    ada = browse()
    answer = sign_in(ada, "  Importer@Clinic.Test ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert is_signed_in(ada)
    assert ada.get("/sign-in").url.path == "/desk"
    kept = ada.client.cookies["rosterline"]
    ada.post("/sign-out")
    assert ada.path == "/sign-in"
    ada.client.cookies.set("rosterline", kept)
    assert not is_signed_in(ada)


@pytest.mark.parametrize(
    ("name", "password"),
    [(ADA, "wrong-horse-battery"), ("nobody@clinic.test", PASSWORD), ("", ""), (ADA, "x" * 5000)],
)
def test_a_wrong_name_or_password_is_refused_in_the_same_words(browse, name, password):
    answer = sign_in(browse(), name, password)
    assert answer.status_code == 401
    assert "The e-mail address or the password is wrong." in answer.text
    assert "set-cookie" not in answer.headers


@pytest.mark.parametrize(
    ("wanted", "reached"),
    [
        ("/patients", "/patients"),
        ("https://evil.test/", "/"),
        ("//evil.test/", "/"),
        ("/\\evil.test", "/"),
        ("javascript:alert(1)", "/"),
    ],
)
def test_signing_in_never_leads_to_another_site(browse, wanted, reached):
    answer = sign_in(browse(), next=wanted)
    assert answer.headers["location"] == reached


def test_a_page_that_needed_a_session_is_reached_after_signing_in(browse):
    ada = browse()
    assert ada.get("/patients").url.path == "/sign-in"
    assert 'name="next" value="/patients"' in ada.page.text
    ada.get("/imports?state=failed&q=a")
    assert 'name="next" value="/imports?state=failed&amp;q=a"' in ada.page.text


def test_too_many_wrong_passwords_keep_even_the_right_one_out(browse, portal, connection):
    ada = browse()
    for _ in range(portal.sign_in_max_guesses):
        assert sign_in(ada, password="wrong-horse-battery").status_code == 401
    for _ in range(3):
        answer = sign_in(ada)
        assert answer.status_code == 429
        assert "Too many wrong passwords; try again in 15 minutes" in answer.text
    events = list_events(connection)
    assert len(events) == portal.sign_in_max_guesses + 1
    assert (events[0].action, events[0].detail) == ("ban", "10 wrong passwords")


@pytest.mark.dated
def test_a_session_ends_after_a_while_without_use(browse, portal, connection):
    ada = browse(ADA)
    age(connection, "seen_at", timedelta(minutes=portal.session_idle_minutes - 1))
    assert is_signed_in(ada)
    age(connection, "seen_at", timedelta(minutes=portal.session_idle_minutes))
    assert not is_signed_in(ada)


@pytest.mark.dated
def test_use_prolongs_a_session_up_to_a_limit(browse, portal, connection):
    ada = browse(ADA)
    age(connection, "seen_at", timedelta(minutes=5))
    assert is_signed_in(ada)
    (seen,) = connection.execute("SELECT seen_at FROM portal_session").fetchone()
    assert now() - seen < timedelta(minutes=1)
    age(connection, "created_at", timedelta(hours=portal.session_hours))
    assert not is_signed_in(ada)


def test_a_disabled_user_is_out_at_once_and_cannot_come_back(browse, connection):
    ada = browse(ADA)
    set_disabled(connection, find_user(connection, ADA), disabled=True)
    connection.commit()
    assert not is_signed_in(ada)
    assert sign_in(browse()).status_code == 401


def test_the_activity_log_names_users_and_what_they_did(browse, connection):
    ada = browse(ADA)
    ada.check("C-1,Ann,Sample,1977,f\n")
    ada.post(f"{ada.path}/cancel")
    sign_in(browse(), password="wrong-horse-battery")
    found = [(e.action, e.refused, e.user_name, e.file_name) for e in list_events(connection)]
    assert found == [
        ("sign_in", True, ADA, None),
        ("cancel", False, ADA, None),
        ("upload", False, ADA, "roster.csv"),
        ("sign_in", False, ADA, None),
    ]


def test_a_password_typed_into_the_name_field_is_not_kept(browse, connection):
    sign_in(browse(), name="right-horse-battery", password="")
    assert list_events(connection)[0].user_name is None
