"""Users change their own password, and have to where somebody else knows it."""

import pytest

from gateway.passwords import hash_password
from registry.accounts.activity_log import list_events
from registry.accounts.portal_users import find_user, set_password_hash
from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, is_signed_in, sign_in

pytestmark = pytest.mark.usefixtures("clinic")


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
    ("new", "words"),
    [
        ("Password1234", "easy to guess"),
        ("abcabcabcabc", "easy to guess"),
        ("importer-clinic", "made of your name or your account"),
        ("Clinic2026!!!", "made of your name or your account"),
        (PASSWORD, "had this password before"),
    ],
)
def test_a_weak_or_repeated_password_is_refused_and_the_old_one_stays(browse, new, words):
    ada = browse(ADA)
    answer = ada.post("/password", old=PASSWORD, new=new, again=new)
    assert answer.status_code == 409
    assert words in text_of(answer)
    assert new not in answer.text
    assert sign_in(browse()).status_code == 303


def test_a_password_does_not_come_back_by_way_of_others(browse):
    ada, old = browse(ADA), PASSWORD
    for new in ("cobalt-otter-lantern", "velvet-canyon-thirteen", "marble-sparrow-tunnel"):
        assert ada.post("/password", old=old, new=new, again=new).status_code == 200
        old = new
    for earlier in (PASSWORD, "cobalt-otter-lantern"):
        answer = ada.post("/password", old=old, new=earlier, again=earlier)
        assert "had this password before" in text_of(answer)


def test_an_issued_password_opens_nothing_but_the_choice_of_another(browse, connection):
    issued = "issued-horse-battery"
    user = find_user(connection, ADA)
    set_password_hash(connection, user, hash_password(issued), must_change=True)
    connection.commit()
    ada = browse(ADA, issued)
    for path in ("/", "/imports", "/patients", "/import", "/sessions", "/review"):
        assert ada.get(path).url.path == "/password", path
    assert ada.client.get("/imports/any/progress").status_code == 401
    token = ada.token()
    for path in ("/patients", "/check", "/sessions", "/admin/users"):
        answer = ada.client.post(path, data={"csrf": token})
        assert (answer.status_code, answer.headers["location"]) == (303, "/password"), path
    assert "Choose your password" in text_of(ada.get("/patients"))
    assert ada.post("/password", new=issued, again=issued).status_code == 409
    new = "cobalt-otter-lantern"
    assert ada.post("/password", new=new, again=new, next="/patients").url.path == "/patients"
    assert sign_in(browse(), password=issued).status_code == 401
    assert sign_in(browse(), password=new).status_code == 303


def test_guesses_at_the_current_password_are_counted(browse, portal, connection):
    ada = browse(ADA)
    form = {"new": "cobalt-otter-lantern", "again": "cobalt-otter-lantern"}
    for _ in range(portal.sign_in_max_guesses):
        assert ada.post("/password", old="guess", **form).status_code == 409
    assert ada.post("/password", old=PASSWORD, **form).status_code == 429
    ban, guess = list_events(connection)[:2]
    assert (ban.action, guess.refused) == ("ban", True)
