"""Signing in and out: sessions, throttling, forms of other sites, and what browsers are told."""

from datetime import timedelta

import pytest

from gateway.portal.context import now
from registry.accounts.activity_log import list_events
from registry.accounts.portal_users import find_user, set_disabled
from tests.gateway.portal.conftest import PASSWORD, serving
from tests.gateway.portal.rosters import text_of

ADA = "importer@clinic.test"

pytestmark = pytest.mark.usefixtures("clinic")


def sign_in(browser, name=ADA, password=PASSWORD, **fields):
    return browser.client.post("/sign-in", data={"name": name, "password": password} | fields)


def age(connection, column: str, by: timedelta) -> None:
    connection.execute(f"UPDATE portal_session SET {column} = %s", (now() - by,))
    connection.commit()


def is_signed_in(browser) -> bool:
    return browser.client.get("/imports").status_code == 200


def test_a_user_signs_in_and_out(browse):
    ada = browse()
    answer = sign_in(ada, "  Importer@Clinic.Test ")
    assert (answer.status_code, answer.headers["location"]) == (303, "/")
    cookie = answer.headers["set-cookie"]
    assert {"HttpOnly", "SameSite=lax", "Path=/"} <= set(cookie.split("; "))
    assert is_signed_in(ada)
    assert ada.get("/sign-in").url.path == "/imports"
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
    assert "This name and password do not go together." in answer.text
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
def test_after_signing_in_one_comes_to_a_page_of_ours(browse, wanted, reached):
    answer = sign_in(browse(), next=wanted)
    assert answer.headers["location"] == reached


def test_a_page_that_needed_a_session_is_reached_after_signing_in(browse):
    ada = browse()
    assert ada.get("/patients").url.path == "/sign-in"
    assert 'name="next" value="/patients"' in ada.page.text


def test_too_many_wrong_passwords_keep_even_the_right_one_out(browse, portal, connection):
    ada = browse()
    for _ in range(portal.sftp_max_failures):
        assert sign_in(ada, password="wrong-horse-battery").status_code == 401
    answer = sign_in(ada)
    assert answer.status_code == 429
    assert "Too many wrong passwords. Try again in 15 minutes" in answer.text
    doors = {(event.action, event.door) for event in list_events(connection)}
    assert {("ban", "portal"), ("sign_in", "portal")} <= doors


@pytest.mark.dated
def test_a_session_ends_after_a_while_without_use(browse, portal, connection):
    ada = browse(ADA)
    age(connection, "seen_at", timedelta(minutes=portal.session_idle_minutes - 1))
    assert is_signed_in(ada)
    age(connection, "seen_at", timedelta(minutes=portal.session_idle_minutes))
    assert not is_signed_in(ada)


@pytest.mark.dated
def test_use_prolongs_a_session_but_not_for_ever(browse, portal, connection):
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


def test_a_user_changes_their_password_and_other_sessions_end(browse):
    ada, elsewhere = browse(ADA), browse(ADA)
    new = "a-longer-horse-battery"
    form = {"old": PASSWORD, "new": new, "again": new}
    assert ada.post("/password", **form | {"old": "wrong"}).status_code == 409
    assert ada.post("/password", **form | {"again": "other"}).status_code == 409
    assert ada.post("/password", **form | {"new": "short", "again": "short"}).status_code == 409
    assert "at least 12 characters" in text_of(ada.page)
    assert "Your password is changed." in text_of(ada.post("/password", **form))
    assert is_signed_in(ada)
    assert not is_signed_in(elsewhere)
    assert sign_in(browse()).status_code == 401
    assert sign_in(browse(), password=new).status_code == 303


@pytest.mark.parametrize(
    "headers",
    [
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
        {"origin": "https://evil.test"},
        {"origin": "null"},
    ],
)
def test_a_form_of_another_site_is_refused(browse, headers):
    ada = browse(ADA)
    data = {"csrf": ada.token(), "text": "sample"}
    answer = ada.client.post("/patients", data=data, headers=headers)
    assert answer.status_code == 403
    assert "sent from another site" in answer.text
    assert "default-src 'none'" in answer.headers["content-security-policy"]
    own = {"origin": str(ada.client.base_url).rstrip("/"), "sec-fetch-site": "same-origin"}
    assert ada.client.post("/patients", data=data, headers=own).status_code == 200


@pytest.mark.parametrize("token", ["", "x", "é"])
def test_a_form_without_its_token_is_refused(browse, token):
    ada = browse(ADA)
    assert ada.client.post("/sign-out", data={"csrf": token}).status_code == 403
    assert ada.client.post("/check", data={"csrf": token}, files={"file": b""}).status_code == 403
    assert is_signed_in(ada)


def test_a_token_of_another_session_is_refused(browse):
    ada, eve = browse(ADA), browse("viewer@clinic.test")
    assert ada.client.post("/sign-out", data={"csrf": eve.token()}).status_code == 403


def test_browsers_are_told_to_be_careful(browse):
    ada = browse(ADA)
    headers = ada.get("/imports").headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe-inline" not in policy
    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-frame-options"] == "DENY"
    for page in ("/imports", "/import", "/patients"):
        source = ada.get(page).text
        assert " style=" not in source
        assert " onclick=" not in source
        assert "<script>" not in source


def test_behind_tls_the_cookie_stays_there(portal, browse):
    with serving(portal, public_url="https://portal.clinic.test") as own:
        ada = browse()
        ada.client.base_url = f"http://127.0.0.1:{own.http_port}"
        answer = sign_in(ada)
        cookie = answer.headers["set-cookie"]
        assert cookie.startswith("__Host-rosterline=")
        assert "Secure" in cookie
        assert "max-age=31536000" in answer.headers["strict-transport-security"]


def test_the_api_answers_as_before_beside_the_portal(browse):
    nobody = browse().client
    assert nobody.get("/health").json() == {"status": "ok"}
    assert nobody.get("/medical/v1/nothing").json()["status"] == 404
    assert nobody.post("/health").status_code == 405
    assert nobody.get("/settings").json()["status"] == 401
    assert nobody.get("/nothing-of-ours").headers["content-type"].startswith("text/html")


def test_the_trail_tells_who_came_and_what_they_did(browse, connection):
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


def test_what_was_typed_into_the_wrong_field_is_not_kept(browse, connection):
    sign_in(browse(), name="right-horse-battery", password="")
    assert list_events(connection)[0].user_name is None


def test_no_form_is_read_without_a_limit(browse):
    ada = browse(ADA)
    answer = ada.client.post("/patients", data={"csrf": ada.token(), "text": "x" * 100_000})
    assert answer.status_code == 413
    assert "default-src 'none'" in answer.headers["content-security-policy"]
