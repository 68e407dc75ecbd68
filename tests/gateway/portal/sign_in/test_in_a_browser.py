"""A user's way in, in a real browser: link, password, second factor, sessions; single sign-on."""

import re

import pytest
from playwright.sync_api import expect

from gateway.portal.context import now
from gateway.portal.link_mails import new_link
from registry.accounts.accounts import get_account
from registry.accounts.portal_users import add_user
from registry.accounts.sign_in_rules import change_rules
from tests.gateway.portal.browsers import (
    CHROMIUM,
    PHONE,
    WIDE,
    is_wider_than_the_screen,
    new_page,
    serious_faults,
)
from tests.gateway.portal.sign_in.authenticator import code_at, next_code
from tests.gateway.portal.sign_in.test_single_sign_on import one_with_provider

__all__ = ["one_with_provider"]

pytestmark = [
    pytest.mark.skipif(CHROMIUM is None, reason="no chromium on this machine"),
    pytest.mark.usefixtures("clinic"),
]

NEW = "cobalt-otter-lantern"
expect.set_options(timeout=30_000)  # the machine may be busy


@pytest.fixture(params=[WIDE, PHONE], ids=["1440", "390"])
def viewport(request):
    return request.param


def look(page) -> None:
    """What every page must be: accessible, no wider than the screen, without complaints."""
    assert serious_faults(page) == []
    assert not is_wider_than_the_screen(page), page.url
    assert page.complaints == [], page.url


def give_password(page, name, password) -> None:
    page.get_by_label("E-mail address").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_an_invited_user_finds_their_way_in(chromium, viewport, portal, connection):
    account = get_account(connection, "clinic")
    user = add_user(connection, account, "new@clinic.test", "importer", None)
    change_rules(connection, account, need_second_factor=True)
    link = new_link(portal, connection, user, now())
    connection.commit()

    page = new_page(chromium, portal, viewport=viewport)
    page.goto(link)
    expect(page.get_by_role("heading", name="Welcome to Rosterline")).to_be_visible()
    look(page)
    page.get_by_label("Password", exact=True).fill(NEW)
    page.get_by_label("Repeat the password").fill(NEW)
    page.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("Your password is set.")).to_be_visible()
    look(page)

    give_password(page, "new@clinic.test", NEW)
    expect(page.get_by_role("heading", name="Set up your second factor")).to_be_visible()
    look(page)
    page.get_by_role("button", name="Set up").click()
    expect(page.get_by_role("img", name="QR code with the key below")).to_be_visible()
    look(page)
    secret = page.locator(".secret").inner_text().replace(" ", "")
    page.get_by_label("Code of the app").fill(code_at(secret))
    page.get_by_role("button", name="Confirm").click()
    expect(page.get_by_role("heading", name="Your recovery codes")).to_be_visible()
    assert page.locator(".recovery code").count() == 10
    look(page)
    page.get_by_role("link", name="I have kept them").click()
    page.wait_for_url("**/desk")

    page.get_by_role("button", name="Sign out").click()
    give_password(page, "new@clinic.test", NEW)
    expect(page.get_by_role("heading", name="Enter a code")).to_be_visible()
    look(page)
    page.get_by_label("Code").fill(next_code(secret))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url("**/desk")


def test_a_user_looks_after_their_own_sign_in(chromium, viewport, portal, browse):
    browse("viewer@clinic.test")
    page = new_page(chromium, portal, viewport=viewport)
    page.goto("/sign-in")
    give_password(page, "viewer@clinic.test", "right-horse-battery")
    page.wait_for_url("**/desk")
    page.get_by_role("link", name="viewer@clinic.test").click()
    look(page)
    page.get_by_role("link", name="Second factor").click()
    look(page)
    page.get_by_role("link", name="Sessions").click()
    expect(page.get_by_text(re.compile("on Linux"))).to_be_visible()
    look(page)
    page.get_by_role("button", name="Sign out everywhere else").click()
    expect(page.get_by_text("You are signed out everywhere else.")).to_be_visible()
    assert page.locator(".lines > li").count() == 1
    page.complaints.clear()
    page.goto("/import")
    expect(page.get_by_text("This needs the role importer or admin")).to_be_visible()


def test_a_user_comes_by_way_of_their_organisation(
    chromium, viewport, one_with_provider, connection
):
    change_rules(connection, get_account(connection, "clinic"), single_sign_on="required")
    connection.commit()
    page = new_page(chromium, one_with_provider, viewport=viewport)
    page.goto("/patients")
    look(page)
    page.get_by_role("link", name="Sign in with Clinic").click()
    page.get_by_label("Login").fill("ada")
    page.get_by_role("button", name="Continue").click()
    page.wait_for_url("**/patients")
    page.complaints.clear()  # the provider has no icon
    page.reload()
    look(page)
