"""Single sign-on with a real provider; and what attackers try."""

import json
from base64 import b64decode, b64encode
from contextlib import ExitStack, contextmanager
from urllib.parse import parse_qs, urlsplit

import pytest
from itsdangerous import TimestampSigner
from pydantic import SecretStr, ValidationError

from gateway.http.signing_key import derived_key
from registry.accounts.accounts import get_account
from registry.accounts.activity_log import list_events
from registry.accounts.portal_identities import unlink_identities
from registry.accounts.portal_users import find_user, set_disabled
from registry.accounts.sign_in_rules import change_rules
from registry.settings.single_sign_on import SingleSignOnSettings
from tests.gateway.portal.conftest import Browser, serving
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, sign_in
from tests.gateway.portal.sign_in.oidc_provider import SECRET, running_provider, visitor
from tests.gateway.portal.sign_in.test_second_factor import set_up
from tests.ports import free_port

VIEWER = "viewer@clinic.test"
PEOPLE = {
    "ada": {"sub": "a-1", "email": "Importer@Clinic.test", "email_verified": True},
    "ada-again": {"sub": "a-2", "email": ADA, "email_verified": True},
    "eve": {"sub": "e-1", "email": ADA, "email_verified": False},
    "stranger": {"sub": "s-1", "email": "stranger@clinic.test", "email_verified": True},
    "nameless": {"sub": "n-1"},
    "vic": {
        "sub": "v-1",
        "email": VIEWER,
        "email_verified": True,
        "methods": ["pwd", "mfa"],
    },
    "ops": {"sub": "o-1", "email": "ops@rosterline.test", "email_verified": True},
    "foreign": {"sub": "f-1", "email": "viewer@other.test", "email_verified": True},
}


pytestmark = pytest.mark.usefixtures("clinic", "portal")


@contextmanager
def with_provider(portal, folder, *, real=None, issuer=None, provider=None, **changes):
    """A portal and its provider, which has the address `real`; gives the portal's settings."""
    real = real or f"http://localhost:{free_port()}"
    client = {"oidc_client_id": "rosterline", "oidc_client_secret": SecretStr(SECRET)}
    how = {"oidc_issuer": issuer or real, "oidc_name": "Clinic"} | client | changes
    with serving(portal, **how) as own:
        callback = f"{own.api_url}/sign-in/single-sign-on/callback"
        with running_provider(
            folder, issuer=real, redirect=callback, people=PEOPLE, **(provider or {})
        ):
            yield own


@pytest.fixture(scope="module")
def one_with_provider(one_portal, provider_folder):
    with with_provider(one_portal, provider_folder) as own:
        yield own


@pytest.fixture
def visit(one_with_provider):
    """Opens browsers at a portal with single sign-on."""
    with ExitStack() as stack:
        yield lambda: stack.enter_context(visitor(one_with_provider.api_url))


@pytest.fixture
def allow(connection):
    def change(to="allowed", name="clinic"):
        change_rules(connection, get_account(connection, name), single_sign_on=to)
        connection.commit()

    return change


def is_in(answer, reached="/") -> bool:
    return (answer.status_code, answer.headers.get("location")) == (303, reached)


def is_signed_in(somebody) -> bool:
    return somebody.portal.get("/imports").status_code == 200


def test_an_invited_user_comes_in_by_their_verified_address(visit, allow, connection):
    allow()
    ada = visit()
    assert "Sign in with Clinic" in ada.portal.get("/sign-in").text
    assert is_in(ada.sign_in("ada", next="/patients"), "/patients")
    assert is_signed_in(ada)
    assert "by single sign-on" in ada.portal.get("/sessions").text
    event = list_events(connection)[0]
    assert (event.user_name, event.refused, event.detail) == (ADA, False, "single sign-on")


@pytest.mark.parametrize("where", ["0", "1"])
def test_the_address_may_be_in_the_token_or_at_the_provider(portal, provider_folder, allow, where):
    allow()
    how = {"EMAIL_IN_ID_TOKEN": where}
    with (
        with_provider(portal, provider_folder, provider=how) as own,
        visitor(own.api_url) as ada,
    ):
        assert is_in(ada.sign_in("ada"))


@pytest.mark.usefixtures("other")
@pytest.mark.parametrize("login", ["eve", "stranger", "nameless", "foreign"])
def test_nobody_else_comes_in(visit, allow, login, connection):
    allow()
    somebody = visit()
    answer = somebody.sign_in(login)
    assert answer.status_code == 403
    assert "Nobody with this identity may sign in here" in text_of(answer)
    assert "rosterline" not in somebody.portal.cookies
    assert connection.execute("SELECT count(*) FROM portal_identity").fetchone() == (0,)
    assert list_events(connection)[0].refused


def test_an_account_that_did_not_allow_it_has_none(visit, connection):
    assert visit().sign_in("ada").status_code == 403
    assert connection.execute("SELECT count(*) FROM portal_identity").fetchone() == (0,)


def test_a_disabled_user_does_not_come_in(visit, allow, connection):
    allow()
    ada = visit()
    ada.sign_in("ada")
    set_disabled(connection, find_user(connection, ADA), disabled=True)
    connection.commit()
    assert not is_signed_in(ada)
    assert visit().sign_in("ada").status_code == 403


def test_an_address_that_was_given_to_somebody_else_leads_to_nobody(visit, allow, connection):
    allow()
    assert is_in(visit().sign_in("ada"))
    assert visit().sign_in("ada-again").status_code == 403
    unlink_identities(connection, find_user(connection, ADA))
    connection.commit()
    assert is_in(visit().sign_in("ada-again"))
    assert visit().sign_in("ada").status_code == 403


def test_a_linked_user_is_known_whatever_their_address_becomes(visit, allow, connection):
    allow()
    assert is_in(visit().sign_in("ada"))
    # What the portal knows changes, which is the same for it as a change at the provider.
    connection.execute("UPDATE portal_user SET name = 'ada@new.test' WHERE name = %s", (ADA,))
    connection.commit()
    assert is_in(visit().sign_in("ada"))


def test_an_account_that_requires_it_refuses_passwords(visit, allow, browse):
    by_password = browse(ADA)
    assert by_password.get("/imports").url.path == "/imports"
    allow("required")
    assert by_password.get("/imports").url.path == "/sign-in"
    refused = sign_in(browse())
    assert refused.status_code == 401
    assert "The e-mail address or the password is wrong." in refused.text
    ada = visit()
    assert is_in(ada.sign_in("ada"))
    assert is_signed_in(ada)
    assert "so you need no password here" in text_of(ada.portal.get("/password"))
    allow("off")
    assert not is_signed_in(ada)


def test_a_second_factor_is_asked_for_unless_the_provider_asked(visit, allow, connection):
    allow()
    change_rules(connection, get_account(connection, "clinic"), need_second_factor=True)
    connection.commit()
    ada, vic = visit(), visit()
    ada.sign_in("ada")
    assert ada.portal.get("/imports").headers["location"].startswith("/second-factor")
    vic.sign_in("vic")
    assert is_signed_in(vic)
    set_up(Browser(ada.portal))
    assert is_signed_in(ada)
    again = visit()
    again.sign_in("ada")
    assert again.portal.get("/imports").headers["location"].startswith("/sign-in/code")


@pytest.mark.usefixtures("operator")
def test_operators_come_in_where_the_installation_says_so(visit, portal, provider_folder):
    assert visit().sign_in("ops").status_code == 403
    with (
        with_provider(portal, provider_folder, operators_single_sign_on="allowed") as own,
        visitor(own.api_url) as ops,
    ):
        assert is_in(ops.sign_in("ops"))


def test_the_question_carries_state_nonce_and_a_challenge_that_are_never_the_same(visit):
    asked = [parse_qs(urlsplit(visit().to_provider()).query) for _ in range(2)]
    for name in ("state", "nonce", "code_challenge"):
        first, second = (each[name][0] for each in asked)
        assert len(first) >= 20
        assert first != second
    assert asked[0]["code_challenge_method"] == ["S256"]
    assert asked[0]["scope"] == ["openid email"]


def test_an_answer_works_in_the_browser_that_asked_and_only_once(visit, allow):
    allow()
    ada, eve = visit(), visit()
    # Eve signs in as herself, and sends the link of her answer to Ada's browser.
    answer_of_eve = eve.at_provider(eve.to_provider(), "vic")
    ada.to_provider()
    assert ada.come_back(answer_of_eve).status_code == 400
    assert not is_signed_in(ada)
    assert is_in(eve.come_back(answer_of_eve))
    assert eve.come_back(answer_of_eve).status_code == 400


def test_a_stolen_code_is_worth_nothing_with_a_state_of_ones_own(visit, allow):
    allow()
    ada, eve = visit(), visit()
    stolen = parse_qs(urlsplit(ada.at_provider(ada.to_provider(), "ada")).query)["code"][0]
    own = parse_qs(urlsplit(eve.at_provider(eve.to_provider(), "stranger")).query)["state"][0]
    answer = eve.portal.get(
        "/sign-in/single-sign-on/callback", params={"code": stolen, "state": own}
    )
    assert answer.status_code == 400
    assert not is_signed_in(eve)


@pytest.mark.parametrize("query", ["", "?code=x", "?state=x", "?code=x&state=x", "?error=no"])
def test_a_made_up_answer_is_refused(visit, query):
    answer = visit().portal.get(f"/sign-in/single-sign-on/callback{query}")
    assert answer.status_code == 400
    assert "begin again at the sign-in" in text_of(answer)


def test_a_changed_cookie_is_worth_nothing(visit, allow):
    allow()
    ada = visit()
    back = ada.at_provider(ada.to_provider(), "ada")
    cookie = ada.portal.cookies["rosterline-single-sign-on"]
    ada.portal.cookies.delete("rosterline-single-sign-on")
    forged = ("A" if cookie[0] != "A" else "B") + cookie[1:]
    ada.portal.cookies.set("rosterline-single-sign-on", forged)
    assert ada.come_back(back).status_code == 400


@pytest.mark.parametrize("changed", [None, "nonce", "code_verifier"])
def test_nonce_and_verifier_are_compared(visit, allow, one_with_provider, changed):
    allow()
    ada = visit()
    back = ada.at_provider(ada.to_provider(), "ada")
    # Signed with the server's own key, so that only the comparison is left to refuse it.
    signer = TimestampSigner(derived_key(one_with_provider, "single sign-on").hex())
    kept = json.loads(b64decode(signer.unsign(ada.portal.cookies["rosterline-single-sign-on"])))
    (data,) = (value["data"] for name, value in kept.items() if name.startswith("_state_"))
    if changed:
        data[changed] = "x" * 60
    ada.portal.cookies.delete("rosterline-single-sign-on")
    forged = signer.sign(b64encode(json.dumps(kept).encode())).decode()
    ada.portal.cookies.set("rosterline-single-sign-on", forged, path="/sign-in/single-sign-on")
    assert ada.come_back(back).status_code == (400 if changed else 303)


def test_who_says_no_at_the_provider_is_not_signed_in(visit, allow):
    allow()
    ada = visit()
    back = ada.at_provider(ada.to_provider(), "ada", do="refuse")
    assert ada.come_back(back).status_code == 400
    assert not is_signed_in(ada)


@pytest.mark.parametrize("target", ["https://evil.test/", "//evil.test", "/\\evil.test"])
def test_it_never_leads_to_another_site(visit, allow, target):
    allow()
    assert is_in(visit().sign_in("ada", next=target), "/")


def test_a_token_of_another_issuer_than_the_one_that_is_set_is_refused(
    portal, provider_folder, allow
):
    allow()
    port = free_port()
    real, set_one = f"http://localhost:{port}", f"http://127.0.0.1:{port}"
    with (
        with_provider(portal, provider_folder, real=real, issuer=set_one) as own,
        visitor(own.api_url) as ada,
    ):
        assert ada.sign_in("ada").status_code == 400
        assert not is_signed_in(ada)


def test_a_provider_that_is_away_is_told(portal):
    away = f"http://127.0.0.1:{free_port()}"
    with serving(portal, oidc_issuer=away, oidc_client_id="x") as own, visitor(own.api_url) as ada:
        answer = ada.portal.get("/sign-in/single-sign-on")
        assert answer.status_code == 503
        assert "cannot be reached now" in text_of(answer)


def test_without_a_provider_there_is_none(browse):
    eve = browse()
    assert "single-sign-on" not in eve.get("/sign-in").text
    for path in ("/sign-in/single-sign-on", "/sign-in/single-sign-on/callback"):
        assert eve.client.get(path).status_code == 404


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"oidc_issuer": "https://login.example"}, "ROSTERLINE_OIDC_CLIENT_ID"),
        ({"oidc_issuer": "http://login.example"}, "https://"),
        ({"oidc_issuer": "http://127.0.0.1.evil.test"}, "https://"),
        ({"oidc_issuer": "https://user@login.example"}, "pattern"),
    ],
)
def test_settings_that_cannot_be_are_explained(given, words):
    with pytest.raises(ValidationError, match=words):
        SingleSignOnSettings(**given)
