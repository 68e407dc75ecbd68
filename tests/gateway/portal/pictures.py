"""Takes the pictures of the portal's pages in docs/tasks.

    python -m tests.gateway.portal.pictures

It imports synthetic rosters through the real stages and photographs the pages in a real browser.
Only dates and durations differ from one run to the next.
"""

import tempfile
from datetime import UTC, datetime
from pathlib import Path
from uuid import UUID

from playwright.sync_api import Page, expect, sync_playwright
from psycopg import Connection

from registry.accounts.accounts import get_account
from registry.database.connections import connect, stop_embedded
from registry.migrations import migrate
from registry.settings import Settings
from tests.gateway.portal.browsers import PHONE, launch, new_page, sign_in, working
from tests.gateway.portal.conftest import serving, with_users
from tests.gateway.portal.lookalikes import bring_lookalikes, bring_third_records, judge_some
from tests.gateway.portal.rosters import CARE_TWINS, OWN_HEADINGS, thousand
from tests.importing import process, put
from tests.workbooks import workbook

FOLDER = Path(__file__).parents[3] / "docs" / "tasks" / "pictures"
WINDOW = {"width": 1040, "height": 660}
WIDE = {"width": 1280, "height": 800}
MAX_BYTES = 160_000


def main() -> None:
    """Take them all."""
    with tempfile.TemporaryDirectory(prefix="rosterline-pictures-") as name:
        settings = Settings(home=Path(name))
        try:
            migrate(settings)
            with connect(settings) as connection:
                with_users(connection, "clinic")
                bring_lookalikes(settings, connection, Path(name))
                records = bring_third_records(settings, connection, Path(name))
                with_users(connection, "meadow", "thoroughcare")
            with serving(settings) as served, working(served), sync_playwright() as playwright:
                browser = launch(playwright)
                roster = Path(name) / "roster-november.csv"
                roster.write_text(thousand())
                desktop = new_page(browser, served, viewport=WINDOW)
                result, patient = take_import(desktop, roster)
                take_other_pages(browser, served, result, patient)
                take_undo(desktop, two_more(served, Path(name)))
                take_review(new_page(browser, served, viewport=WIDE), served)
                take_clusters(new_page(browser, served, viewport=WIDE), records)
                take_phone_review(new_page(browser, served, viewport=PHONE), records)
                take_mapping(new_page(browser, served, viewport=WIDE), Path(name))
                browser.close()
        finally:
            stop_embedded(settings)


def take_import(page: Page, roster: Path) -> tuple[str, str]:
    """From signing in to the result; returns the addresses of result and a patient."""
    page.goto("/sign-in")
    keep(page, "sign-in")
    sign_in(page, "admin@clinic.test")
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(roster)
    keep(page, "import")
    page.get_by_role("button", name="Check file").click()
    expect(page.locator(".is-now")).to_be_visible(timeout=60_000)
    keep(page, "progress")
    expect(page.get_by_text("980 of 1,000 rows")).to_be_visible(timeout=60_000)
    keep(page, "check")
    page.locator("#rows").scroll_into_view_if_needed()
    page.evaluate("document.querySelector('#rows').scrollIntoView()")
    keep(page, "rows")
    page.get_by_role("button", name="Import 980 rows").click()
    expect(page.get_by_text("20 rows failed.")).to_be_visible(timeout=60_000)
    result = page.url
    keep(page, "result")
    page.goto(f"{result}?show=created")
    patient = page.get_by_role("link", name="Patient", exact=True).first.get_attribute("href")
    return result, str(patient)


def take_other_pages(browser, settings: Settings, result: str, patient: str) -> None:
    """Patient, history and settings in dark colours; a result on a phone."""
    dark = new_page(browser, settings, viewport=WINDOW, color_scheme="dark")
    phone = new_page(browser, settings, viewport=PHONE)
    for page in (dark, phone):
        sign_in(page, "admin@clinic.test")
    dark.goto(patient)
    keep(dark, "patient")
    dark.goto("/imports")
    keep(dark, "history")
    dark.goto("/admin/users")
    keep(dark, "users")
    phone.goto(result)
    keep(phone, "phone")


def two_more(settings: Settings, folder: Path) -> str:
    """A roster changes 240 clients and brings 35, a correction confirms 12; gives its id."""
    november = [row.split(",") for row in thousand({}).splitlines()]
    changed = [[*row[:5], f"new.{row[5]}", *row[6:]] for row in november[700:940]]
    new = [[f"C-{3000 + i}", *row[1:5], *[""] * 4] for i, row in enumerate(november[:35])]
    with connect(settings) as connection:
        account = get_account(connection, "clinic")
        files = {"roster-december.csv": [*changed, *new], "corrections.csv": changed[:12]}
        for name, rows in files.items():
            content = "".join(",".join(row) + "\n" for row in rows)
            received = put(settings, connection, account, content, folder=folder, name=name)
            connection.commit()
            done = process(settings, connection, received)
            connection.commit()
            if name == "roster-december.csv":
                december = done.imported.id
    return str(december)


def take_undo(page: Page, import_id: str) -> None:
    """What undoing would do, and an import that was undone."""
    page.goto(f"/imports/{import_id}")
    page.get_by_role("link", name="Undo this import …").click()
    keep(page, "undo")
    page.locator("button.is-danger").click()
    expect(page.get_by_text("This import was undone")).to_be_visible()
    keep(page, "undone")


def bring_twins(settings: Settings, connection: Connection, folder: Path) -> None:
    """Another account, whose reviewer has two pairs to decide about."""
    account = with_users(connection, "sunrise", "thoroughcare")
    for place, content in enumerate(CARE_TWINS):
        at = datetime(2026, 3 + 7 * place, 3, 6, tzinfo=UTC)
        name = f"{at:%Y-%m}-roster.csv"
        imported = put(settings, connection, account, content, folder=folder, name=name,
                       received_at=at)  # fmt: skip
        process(settings, connection, imported)
    connection.commit()


def take_review(page: Page, settings: Settings) -> None:
    """A reviewer's morning: the queue, a pair, the page after a merge, many at once, the scores."""
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review")
    keep(page, "review")
    # Of a pair, not of several records.
    page.locator("a[href^='/review/0']").first.click()
    keep(page, "pair")
    page.get_by_role("button", name="Same person").click()
    expect(page.get_by_text("Merged:")).to_be_visible()
    keep(page, "merged")
    page.goto("/review/bulk?score=15")
    page.get_by_role("button", name="Draw a sample").click()
    page.get_by_role("link", name="Judge the sample").click()
    for left in range(19, -1, -1):
        page.get_by_role("button", name="Same person").click()
        page.wait_for_url("**/review/bulk/*" if not left else "**judged=*")
        expect(page.get_by_text("Merged:")).to_be_visible()
    keep(page, "merge-many")
    with connect(settings) as connection:
        judge_some(connection, "harbor")
        connection.commit()
    page.goto("/review/scores")
    keep(page, "scores")


def take_clusters(page: Page, records: list[UUID]) -> None:
    """Several records at once; the search for another record from a patient's page."""
    sign_in(page, "reviewer@harbor.test")
    page.goto(f"/review/cluster/{records[0]}")
    keep(page, "cluster")
    page.goto(f"/patients/{records[1]}")
    page.get_by_role("link", name="The same person as").click()
    expect(page.get_by_role("button", name="Compare").first).to_be_visible()
    keep(page, "same-person-as")


def take_phone_review(page: Page, records: list[UUID]) -> None:
    """A pair on a phone, and several records."""
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review")
    page.locator("a[href^='/review/0']").first.click()
    keep(page, "pair-phone")
    page.goto(f"/review/cluster/{records[0]}")
    keep(page, "cluster-phone")


def take_mapping(page: Page, folder: Path) -> None:
    """What the columns of a workbook with its own headings mean."""
    book = folder / "clients-november.xlsx"
    book.write_bytes(workbook({"Clients": OWN_HEADINGS}))
    sign_in(page, "admin@meadow.test")
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(book)
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("link", name="Say what the columns mean").click(timeout=60_000)
    keep(page, "map-columns")


def keep(page: Page, name: str) -> None:
    """Write a picture, and check that its file is small."""
    FOLDER.mkdir(exist_ok=True)
    path = FOLDER / f"{name}.png"
    page.mouse.move(0, 0)
    page.screenshot(path=path, animations="disabled", caret="hide")
    assert path.stat().st_size <= MAX_BYTES, f"{name} has {path.stat().st_size:,} bytes"


if __name__ == "__main__":
    main()
