"""Every link that the portal shows leads to a page."""

import html
import re
from collections import Counter

import pytest

from registry.accounts.portal_users import ACCOUNT_ROLES
from tests.gateway.portal.english import english_on
from tests.gateway.portal.rosters import BAD_CELLS, GOOD, TWINS, thousand
from tests.importing import process, put

NAMES = {"Sample"}
"""Of people in the rosters, where the portal has a word that is spelled the same."""

TRIPLETS = TWINS.replace("Dana", "Drew") + TWINS.replace("Dana", "Dora").replace("C-", "C-1")


@pytest.fixture
def with_everything(clinic, connection, portal, browse, run, tmp_path):
    """A clinic with one of everything: good and bad files, a merge, an undo, a check."""
    warned = GOOD.replace("ann@example.com,", "anna@example.com,+31201234567")
    send = (TWINS, TRIPLETS, thousand(BAD_CELLS), GOOD, warned, "PK\x03\x04")
    done = [
        process(portal, connection, put(portal, connection, clinic, each, folder=tmp_path))
        for each in send
    ]
    connection.commit()
    admin = browse("admin@clinic.test")
    for act in ("same", "different"):
        pair = re.search(r'class="strong" href="(/review/[^"]+)"', admin.get("/review").text)
        assert pair
        admin.post(f"{pair[1]}/{act}")
        assert admin.page.status_code == 200
    undo = f"/imports/{done[4].imported.id}/undo"
    assert admin.post(undo, seen=admin.token(undo, "seen")).status_code == 200
    admin.check(GOOD)
    run()


@pytest.mark.usefixtures("with_everything")
def test_every_link_leads_to_a_page(browse):
    left: set[str] = set()
    for role in ACCOUNT_ROLES:
        browser = browse(f"{role}@clinic.test")
        is_spanish = role == "admin"
        if is_spanish:
            browser.client.headers["accept-language"] = "es"
        seen = links_followed(browser, left if is_spanish else None)
        assert len(seen) > 20
        assert any("show=warnings" in address for address in seen)
    assert sorted(left) == [], "English on pages that are Spanish"


def links_followed(browser, left: set[str] | None = None) -> set[str]:
    """The addresses that links lead to; at most three that differ only by an id or a number.

    `left` gets what is still English on pages that are Spanish.
    """
    due, seen, alike = ["/"], {"/"}, Counter()
    while due:
        path = due.pop()
        answer = browser.get(path)
        assert answer.status_code == 200, path
        if not answer.headers["content-type"].startswith("text/html"):
            continue
        if left is not None:
            left |= set(english_on(answer.text, "es")) - NAMES
        for address in re.findall(r'(?:href|src)="(/[^"#]*)', answer.text):
            found = html.unescape(address)
            shape = re.sub(r"[0-9a-f-]{36}|\d+", "*", found)
            if found not in seen and alike[shape] < 3:
                alike[shape] += 1
                seen.add(found)
                due.append(found)
    return seen
