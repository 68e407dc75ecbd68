"""The second factor: set up, asked for, used once, lost; and what a thief can do."""

import re
from collections import Counter
from concurrent.futures import ThreadPoolExecutor

import pytest

from gateway.portal.context import now
from registry.accounts.accounts import get_account
from registry.accounts.activity_log import list_events
from registry.accounts.portal_users import find_user
from registry.accounts.second_factors import switch_off
from registry.accounts.sign_in_rules import change_rules
from tests.gateway.portal.conftest import PASSWORD
from tests.gateway.portal.rosters import text_of
from tests.gateway.portal.sessions import ADA, is_signed_in, sign_in
from tests.gateway.portal.sign_in.authenticator import STEP, code_at, next_code, wrong_code

pytestmark = pytest.mark.usefixtures("clinic")


def set_up(browser, **begin) -> tuple[str, list[str]]:
    """(secret, recovery codes), as the pages show them."""
    begun = browser.post("/second-factor", on="/second-factor", do="begin", **begin)
    secret = re.search(r'class="secret small">([A-Z2-7 ]+)<', begun.text)[1].replace(" ", "")
    code = code_at(secret)
    confirmed = browser.post("/second-factor", on="/second-factor", do="confirm", code=code)
    assert "Your second factor is set up." in text_of(confirmed)
    return secret, re.findall(r"<code>([a-z0-9-]{14})</code>", confirmed.text)


@pytest.fixture
def ada(browse):
    return browse(ADA)


@pytest.fixture
def enrolled(ada):
    """(Ada's browser, secret, recovery codes)"""
    return ada, *set_up(ada, old=PASSWORD)


def half_way(browse):
    """A browser that gave the password, and must give a code."""
    browser = browse(ADA)
    assert browser.get("/imports").url.path == "/sign-in/code"
    return browser


def give(browser, code, **fields):
    data = {"csrf": browser.token("/sign-in/code"), "code": code} | fields
    return browser.client.post("/sign-in/code", data=data)


def test_after_the_password_a_code_is_asked_for(enrolled, browse):
    _, secret, _ = enrolled
    eve = half_way(browse)
    before = eve.client.cookies["rosterline"]
    answer = give(eve, next_code(secret), next="/patients")
    assert (answer.status_code, answer.headers["location"]) == (303, "/patients")
    assert is_signed_in(eve)
    after = eve.client.cookies["rosterline"]
    assert after != before
    eve.client.cookies.set("rosterline", before)
    assert not is_signed_in(eve)


def test_without_the_code_nothing_is_reached(enrolled, browse):
    assert enrolled
    eve = half_way(browse)
    for path in ("/", "/imports", "/patients", "/password", "/second-factor", "/sessions"):
        assert eve.get(path).url.path == "/sign-in/code", path
    token = eve.token("/sign-in/code")
    for path in ("/password", "/second-factor", "/sessions", "/patients", "/check"):
        form = {"csrf": token, "do": "remove", "new": "cobalt-otter-lantern"}
        answer = eve.client.post(path, data=form)
        assert (answer.status_code, answer.headers["location"]) == (303, "/sign-in/code"), path
    assert eve.client.post("/sign-out", data={"csrf": token}).status_code == 303


def test_setting_it_up_ends_other_sessions_and_keeps_this_one(browse):
    ada, elsewhere = browse(ADA), browse(ADA)
    set_up(ada, old=PASSWORD)
    assert is_signed_in(ada)
    assert not is_signed_in(elsewhere)


@pytest.mark.dated
def test_a_code_is_right_for_a_step_before_and_after_and_no_longer(enrolled, browse, connection):
    _, secret, _ = enrolled
    connection.execute("UPDATE portal_second_factor SET last_step = 0")
    connection.commit()
    for steps in (-3, 3):
        assert give(half_way(browse), code_at(secret, now() + steps * STEP)).status_code == 401
    assert give(half_way(browse), next_code(secret)).status_code == 303


def test_a_code_is_used_once_also_by_many_at_once(enrolled, browse):
    _, secret, recovery = enrolled
    for code in (next_code(secret), recovery[0]):
        waiting = [half_way(browse) for _ in range(6)]
        tokens = [each.token("/sign-in/code") for each in waiting]
        forms = [{"csrf": token, "code": code} for token in tokens]
        with ThreadPoolExecutor(6) as threads:
            answers = threads.map(
                lambda each: each[0].client.post("/sign-in/code", data=each[1]).status_code,
                list(zip(waiting, forms, strict=True)),
            )
        assert Counter(answers) == {303: 1, 401: 5}
        ada = browse(ADA)
        assert give(ada, recovery.pop()).status_code == 303  # the count starts anew


def test_the_code_of_setting_up_is_used_up(ada, browse):
    begun = ada.post("/second-factor", do="begin", old=PASSWORD)
    secret = re.search(r'class="secret small">([A-Z2-7 ]+)<', begun.text)[1].replace(" ", "")
    code = next_code(secret)
    ada.post("/second-factor", do="confirm", code=code)
    assert give(half_way(browse), code).status_code == 401


def test_each_recovery_code_signs_in_once(enrolled, browse):
    _, _, recovery = enrolled
    assert len(set(recovery)) == 10
    first = recovery[0].upper().replace("-", " ")  # as people type them
    assert give(half_way(browse), first).status_code == 303
    assert give(half_way(browse), recovery[0]).status_code == 401
    eve = half_way(browse)
    give(eve, recovery[1])
    assert "8 codes are left." in text_of(eve.get("/second-factor"))


def test_new_recovery_codes_replace_the_earlier_ones(enrolled, browse):
    ada, secret, recovery = enrolled
    assert ada.post("/second-factor", do="codes", code="000").status_code == 401
    renewed = ada.post("/second-factor", do="codes", code=next_code(secret))
    fresh = re.findall(r"<code>([a-z0-9-]{14})</code>", renewed.text)
    assert not set(fresh) & set(recovery)
    assert give(half_way(browse), recovery[0]).status_code == 401
    assert give(half_way(browse), fresh[0]).status_code == 303


def test_guesses_at_a_code_are_counted_over_all_addresses(enrolled, browse, portal, connection):
    _, secret, _ = enrolled
    thieves = [browse(ADA, at=f"127.0.2.{each}") for each in range(1, 5)]
    answers = Counter()
    for number in range(portal.sign_in_max_guesses + 4):
        answers[give(thieves[number % 4], wrong_code(secret)).status_code] += 1
    assert answers == {401: portal.sign_in_max_guesses, 429: 4}
    assert give(thieves[0], next_code(secret)).status_code == 429
    events = list_events(connection)
    assert {event.detail for event in events if event.refused} == {"wrong code"}
    (ban,) = [event for event in events if event.action == "ban"]
    assert (ban.address, ban.detail) == (None, f"{portal.sign_in_max_guesses} wrong codes")


def test_a_stranger_without_the_password_cannot_lock_codes(enrolled, browse, portal):
    _, secret, _ = enrolled
    eve = browse(at="127.0.0.9")
    for _ in range(portal.sign_in_max_guesses + 1):
        sign_in(eve, password="wrong-horse-battery")
    assert give(half_way(browse), next_code(secret)).status_code == 303


def test_whoever_reads_the_database_gets_neither_secret_nor_codes(enrolled, connection, portal):
    _, secret, recovery = enrolled
    rows = connection.execute(
        "SELECT encode(secret, 'escape') FROM portal_second_factor"
        " UNION ALL SELECT hmac FROM portal_recovery_code"
    ).fetchall()
    stored = " ".join(text for (text,) in rows)
    assert len(rows) == 11
    for each in (secret, *recovery, *(code.replace("-", "") for code in recovery)):
        assert each not in stored
    assert oct((portal.home / "signing.key").stat().st_mode)[-3:] == "600"


def test_the_secret_of_one_user_is_worth_nothing_in_the_row_of_another(
    enrolled, browse, connection
):
    _, secret, _ = enrolled
    eve = browse("viewer@clinic.test")
    set_up(eve, old=PASSWORD)
    connection.execute(
        "UPDATE portal_second_factor SET last_step = 0, secret ="
        " (SELECT secret FROM portal_second_factor JOIN portal_user ON user_id = id"
        " WHERE name = %s)",
        (ADA,),
    )
    connection.commit()
    answer = give(browse("viewer@clinic.test"), next_code(secret))
    assert answer.status_code == 409
    assert "ask the operator to reset it" in text_of(answer)
    assert give(half_way(browse), next_code(secret)).status_code == 303


def test_an_unlocked_screen_is_not_enough_to_set_up_or_remove(ada, browse):
    assert ada.post("/second-factor", do="begin").status_code == 409
    assert ada.post("/second-factor", do="confirm", code="000000").status_code == 409
    secret, _ = set_up(ada, old=PASSWORD)
    assert ada.post("/second-factor", do="begin", old=PASSWORD).status_code == 409
    assert ada.post("/second-factor", do="confirm", code=next_code(secret)).status_code == 409
    assert ada.post("/second-factor", do="remove", code="").status_code == 401
    half_way(browse)
    removed = ada.post("/second-factor", do="remove", code=next_code(secret))
    assert "Your second factor is removed." in text_of(removed)
    assert is_signed_in(browse(ADA))


def test_an_account_that_needs_one_lets_nobody_further_without(browse, connection):
    ada, admin = browse(ADA), browse("admin@clinic.test")
    admin.post("/admin/sign-in", do="set", need_second_factor="1")
    assert ada.get("/imports").url.path == "/second-factor"
    assert "Your account asks everybody for one." in text_of(ada.page)
    assert ada.get("/password").url.path == "/second-factor"
    secret, recovery = set_up(ada)
    assert is_signed_in(ada)
    refused = ada.post("/second-factor", do="remove", code=recovery[0])
    assert refused.status_code == 409
    assert give(half_way(browse), next_code(secret)).status_code == 303
    # An operator takes a lost one away; the user sets up another.
    switch_off(connection, find_user(connection, ADA))
    connection.commit()
    assert not is_signed_in(ada)
    assert browse(ADA).get("/imports").url.path == "/second-factor"


def test_operators_need_one_where_the_installation_says_so(portal, operator, connection):
    import httpx

    from tests.gateway.portal.conftest import Browser, serving

    change_rules(connection, get_account(connection, "clinic"), need_second_factor=True)
    connection.commit()
    for needed, reached in ((False, "/accounts"), (True, "/second-factor")):
        with (
            serving(portal, operators_need_second_factor=needed) as own,
            httpx.Client(base_url=own.api_url) as client,
        ):
            eve = Browser(client)
            sign_in(eve, operator)
            assert eve.get("/").url.path == reached
