"""The whole path in a real browser: check, look, correct in the grid, import, both pages linked."""

import pytest
from playwright.sync_api import expect

from tests.gateway.portal.browsers import (
    IN_A_BROWSER,
    PHONE,
    WIDE,
    check,
    faults_at_each_size,
    is_wider_than_the_screen,
    new_page,
    serious_faults,
    sign_in,
    working,
)
from tests.gateway.portal.rosters import thousand

pytestmark = IN_A_BROWSER
WAIT = 120_000
BAD = {3: (4, "female"), 40: (4, "male"), 77: (3, "1066")}


@pytest.mark.usefixtures("clinic")
def test_failed_rows_are_corrected_in_the_grid_and_imported(chromium, portal, tmp_path):
    roster = tmp_path / "october.csv"
    roster.write_text(thousand(BAD))
    page = new_page(chromium, portal, viewport=WIDE)
    with working(portal):
        sign_in(page, "importer@clinic.test")
        check(page, roster)
        first = page.url
        expect(page.get_by_role("button", name="Import 997 rows")).to_be_visible(timeout=WAIT)
        faults = serious_faults(page)
        page.set_viewport_size(PHONE)
        assert not is_wider_than_the_screen(page)
        box = page.locator(".has-error .fault").first.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= PHONE["width"]
        page.set_viewport_size(WIDE)
        page.goto(f"{first}?show=created#rows")
        rows = page.locator("#rows tbody tr")
        expect(rows).to_have_count(50)
        page.get_by_role("link", name="More rows").scroll_into_view_if_needed()
        expect(rows).not_to_have_count(50)
        page.goto(first)
        page.get_by_role("link", name="Correct them here").click()
        page.get_by_role("button", name="Fill in").click()
        page.locator("#cell-78-3").fill("1966")
        expect(page.locator("#cell-4-4")).to_have_value("f")
        faults += faults_at_each_size(page)
        page.get_by_role("button", name="Check corrected rows").click()
        button = page.get_by_role("button", name="Import 3 rows")
        expect(button).to_be_visible(timeout=WAIT)
        button.click()
        expect(page.get_by_text("Every row was imported.")).to_be_visible(timeout=WAIT)
        page.get_by_role("link", name="october.csv").click()
        assert page.url == first
        expect(page.get_by_role("link", name="october.corrected.csv")).to_be_visible()
        faults += serious_faults(page)
    assert (faults, page.complaints) == ([], [])
