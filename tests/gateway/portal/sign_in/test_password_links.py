"""Invitations and forgotten passwords: links by mail, which work once; and what a thief can do."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from gateway.portal.context import now
from gateway.portal.link_mails import new_link
from registry.accounts.accounts import get_account
from registry.accounts.portal_links import delete_old_links
from registry.accounts.portal_users import add_user, find_user, set_disabled, set_password_hash
from registry.accounts.sign_in_rules import change_rules
from tests.gateway.portal.conftest import PASSWORD, Browser, password_hash, serving
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, is_signed_in, sign_in
from tests.mailbox import running_mailbox
from tests.waiting import eventually

pytestmark = pytest.mark.usefixtures("clinic")

NEW = "cobalt-otter-lantern"


@pytest.fixture
def mailbox():
    with running_mailbox() as found:
        yield found


@pytest.fixture
def mailing(portal, mailbox):
    """A portal that sends mails."""
    with serving(
        portal,
        smtp_host="127.0.0.1",
        smtp_port=mailbox.port,
        smtp_security="none",
        smtp_from="no-reply@rosterline.test",
    ) as own:
        yield own


@pytest.fixture
def visit(mailing):
    """Opens browsers at the portal that sends mails."""
    clients = []

    def open_browser(name=None):
        clients.append(httpx.Client(base_url=mailing.api_url, timeout=30))
        browser = Browser(clients[-1])
        if name:
            assert sign_in(browser, name).status_code == 303
        return browser

    yield open_browser
    for client in clients:
        client.close()


def path_in(mail: tuple[str, str]) -> str:
    return re.search(r"http://[^/]+(/set-password/\S+)", mail[1])[1]


def set_password(browser, path, new=NEW, again=None):
    return browser.client.post(path, data={"new": new, "again": again or new})


def ask(browser, name=ADA):
    return browser.client.post("/forgot-password", data={"name": name})


@pytest.fixture
def link(connection, portal):
    """The path of a link for Ada."""
    made = new_link(portal, connection, find_user(connection, ADA), now())
    connection.commit()
    return made.removeprefix(portal.api_url)


def test_a_forgotten_password_is_replaced_by_a_link_in_a_mail(visit, mailbox):
    ada, elsewhere = visit(), visit(ADA)
    assert 'href="/forgot-password"' in ada.get("/sign-in").text
    assert "on its way" in text_of(ask(ada, " Importer@Clinic.test"))
    eventually(lambda: mailbox.came)
    subject, text = mailbox.came[0]
    assert subject == "Your password for Rosterline"
    assert "asked for a new password for importer@clinic.test" in text
    path = path_in(mailbox.came[0])
    assert ADA in ada.get(path).text
    answer = set_password(ada, path)
    assert answer.headers["location"] == "/sign-in?set=1"
    assert "Your password is set." in text_of(ada.get("/sign-in?set=1"))
    assert not is_signed_in(elsewhere)
    assert sign_in(ada).status_code == 401
    assert sign_in(ada, password=NEW).status_code == 303


def test_who_asks_for_a_link_does_not_learn_who_has_an_account(visit, mailbox, connection):
    ada = visit()
    set_disabled(connection, find_user(connection, "viewer@clinic.test"), disabled=True)
    connection.commit()
    names = ["nobody@clinic.test", "viewer@clinic.test", "no name", "", ADA]
    answers = [ask(ada, name) for name in names]
    assert len({(each.status_code, each.text) for each in answers}) == 1
    eventually(lambda: mailbox.came)
    assert len(mailbox.came) == 1


def test_a_mailbox_is_not_flooded_and_the_page_does_not_tell(visit, mailbox, mailing):
    ada = visit()
    answers = {ask(ada).text for _ in range(mailing.sign_in_max_guesses + 5)}
    assert len(answers) == 1
    ask(ada, "viewer@clinic.test")  # the mails are sent in turn, so this one is the last
    eventually(lambda: any("viewer@" in text for _, text in mailbox.came))
    assert len(mailbox.came) == mailing.sign_in_max_guesses + 1


def test_a_link_names_the_host_that_is_set_and_not_the_one_that_was_asked_at(
    visit, mailbox, mailing
):
    ada = visit()
    ada.client.post("/forgot-password", data={"name": ADA}, headers={"host": "evil.test"})
    eventually(lambda: mailbox.came)
    assert mailing.api_url in mailbox.came[0][1]
    assert "evil.test" not in mailbox.came[0][1]


def test_a_mail_server_that_refuses_is_not_told_to_who_asks(visit, mailbox, caplog):
    mailbox.refuses = "554 no"
    assert ask(visit()).status_code == 200
    eventually(lambda: "was not sent" in caplog.text)
    assert ADA not in caplog.text


def test_a_link_works_once_also_for_many_at_once(browse, link):
    everybody = [browse() for _ in range(5)]
    passwords = [f"{NEW}-{number}" for number in range(5)]
    with ThreadPoolExecutor(5) as threads:
        answers = threads.map(
            lambda each: set_password(each[0], link, each[1]).status_code,
            list(zip(everybody, passwords, strict=True)),
        )
        assert Counter(answers) == {303: 1, 410: 4}
    assert set_password(browse(), link, "velvet-canyon-thirteen").status_code == 410
    answer = browse().client.get(link)
    assert answer.status_code == 410
    assert "ask for a new one" in answer.text


def test_a_program_that_looks_into_mails_uses_no_link_up(browse, link):
    for _ in range(3):
        assert browse().client.get(link).status_code == 200
        assert browse().client.head(link).status_code in (200, 405)
    assert set_password(browse(), link).status_code == 303


@pytest.mark.dated
def test_a_link_expires(browse, link, connection):
    connection.execute("UPDATE portal_link SET expires_at = %s", (now() + timedelta(minutes=1),))
    connection.commit()
    assert browse().client.get(link).status_code == 200
    assert delete_old_links(connection, now()) == 0
    connection.execute("UPDATE portal_link SET expires_at = %s", (now(),))
    connection.commit()
    assert set_password(browse(), link).status_code == 410
    assert delete_old_links(connection, now()) == 1


@pytest.mark.parametrize("change", ["password", "disabled"])
def test_what_changes_a_user_ends_their_links(browse, link, connection, change):
    user = find_user(connection, ADA)
    if change == "password":
        set_password_hash(connection, user, password_hash())
    else:
        set_disabled(connection, user, disabled=True)
        set_disabled(connection, user, disabled=False)
    connection.commit()
    assert set_password(browse(), link).status_code == 410


def test_a_refused_password_leaves_the_link_as_it_is(browse, link):
    eve = browse()
    for new, again, words in (
        ("Password1234", None, "easy to guess"),
        (PASSWORD, None, "had this password before"),
        (NEW, "other", "entries of the new password differ"),
    ):
        answer = set_password(eve, link, new, again)
        assert answer.status_code == 409
        assert words in text_of(answer)
    assert set_password(eve, link).status_code == 303


def test_the_database_holds_no_link(link, connection):
    (stored,) = connection.execute("SELECT sha256 FROM portal_link").fetchone()
    assert stored not in link
    assert link.rpartition("/")[2] not in stored


def test_another_site_cannot_send_the_form(browse, link):
    headers = {"origin": "https://evil.test"}
    answer = browse().client.post(link, data={"new": NEW, "again": NEW}, headers=headers)
    assert answer.status_code == 403


def test_a_link_opens_the_way_from_an_address_that_an_attack_closed(browse, link, connection):
    for address, guesses in (("", 100), ("127.0.0.4", 10)):
        connection.execute(
            "INSERT INTO sign_in_count VALUES ('portal_password', %s, %s, %s, now(), now())",
            (address, ADA, guesses),
        )
    connection.commit()
    ada = browse(at="127.0.0.4")
    assert sign_in(ada).status_code == 429
    set_password(ada, link)
    assert sign_in(ada, password=NEW).status_code == 303


def test_an_admin_invites_and_the_user_chooses_a_password(visit, mailbox, connection):
    admin = visit("admin@clinic.test")
    page = admin.post("/admin/users", do="add", name="new@clinic.test", role="viewer")
    assert "A mail with a link is on its way to new@clinic.test." in text_of(page)
    assert "Invited" in text_of(page)
    assert 'class="secret"' not in page.text
    subject, _ = mailbox.came[0]
    assert subject == "Your invitation to Rosterline"
    assert not find_user(connection, "new@clinic.test").has_password
    assert sign_in(visit(), "new@clinic.test", "").status_code == 401
    assert set_password(visit(), path_in(mailbox.came[0])).status_code == 303
    assert sign_in(visit(), "new@clinic.test", NEW).status_code == 303


def test_an_admin_sends_a_link_again_and_nobody_elses(visit, mailbox, connection):
    add_user(connection, None, "ops@rosterline.test", "operator", password_hash())
    connection.commit()
    admin = visit("admin@clinic.test")
    assert admin.post("/admin/users", do="link", name=ADA).status_code == 200
    answer = admin.post("/admin/users", do="link", name="ops@rosterline.test")
    assert answer.status_code == 404
    assert len(mailbox.came) == 1
    mailbox.refuses = "554 no"
    page = admin.post("/admin/users", do="link", name=ADA)
    assert "did not take the mail" in text_of(page)
    shown = re.search(r'class="secret">([^<]+)<', page.text)[1]
    assert set_password(visit(), re.sub(r"^http://[^/]+", "", shown)).status_code == 303


def test_where_passwords_are_refused_no_link_sets_one(visit, mailbox, connection, link):
    change_rules(connection, get_account(connection, "clinic"), single_sign_on="required")
    connection.commit()
    ada = visit()
    ask(ada)
    eventually(lambda: mailbox.came)
    assert "Sign in by single sign-on here:" in mailbox.came[0][1]
    assert "/set-password/" not in mailbox.came[0][1]
    assert set_password(ada, link).status_code == 410


def test_without_a_mail_server_the_page_says_whom_to_ask(browse, connection):
    eve = browse()
    assert "Ask an administrator" in text_of(eve.get("/sign-in"))
    assert "Ask an administrator" in text_of(eve.get("/forgot-password"))
    ask(eve)
    assert connection.execute("SELECT count(*) FROM portal_link").fetchone() == (0,)
