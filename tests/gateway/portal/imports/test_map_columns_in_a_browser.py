"""A workbook of own headings in a real browser: mapped once, and never again."""

from playwright.sync_api import expect

from tests.gateway.portal.browsers import (
    IN_A_BROWSER,
    WIDE,
    check,
    faults_at_each_size,
    new_page,
    sign_in,
    working,
)
from tests.gateway.portal.conftest import with_users
from tests.gateway.portal.rosters import OWN_HEADINGS
from tests.workbooks import workbook

pytestmark = IN_A_BROWSER
WAIT = 120_000


def test_a_workbook_is_mapped_in_one_page_and_the_next_one_needs_nothing(
    chromium, portal, connection, tmp_path
):
    with_users(connection, "sunrise", "thoroughcare")
    book = tmp_path / "clients.xlsx"
    book.write_bytes(workbook({"Sheet1": OWN_HEADINGS}))
    page = new_page(chromium, portal, viewport=WIDE)
    with working(portal):
        sign_in(page, "admin@sunrise.test")
        check(page, book)
        page.get_by_role("link", name="Say what the columns mean").click(timeout=WAIT)
        faults = faults_at_each_size(page)
        born = page.get_by_label("What column C Born is")
        expect(born).to_have_value("birth_date")
        born.select_option("")
        expect(page.get_by_text("Still needed: Patient Birthday")).to_be_visible()
        born.select_option("gender")
        expect(page.get_by_text("Chosen twice: Patient Gender")).to_be_visible()
        expect(page.get_by_text("0 of 3 values look like: gender")).to_be_visible()
        born.select_option("birth_date")
        expect(page.get_by_text("Still needed")).to_be_hidden()
        page.get_by_role("button", name="Save and check the file").click()
        button = page.get_by_role("button", name="Import 3 rows")
        expect(button).to_be_visible(timeout=WAIT)
        button.click()
        expect(page.get_by_text("Every row was imported.")).to_be_visible(timeout=WAIT)
        expect(page.get_by_text("columns mapped, version 1")).to_be_visible()
        check(page, book)
        expect(page.get_by_text("Every row matches the stored patients already.")).to_be_visible(
            timeout=WAIT
        )
        page.goto("/admin/columns")
        faults += faults_at_each_size(page)
    assert (faults, page.complaints) == ([], [])
    page.context.close()
