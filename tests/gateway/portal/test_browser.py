"""The portal in a real browser: each role's work on a desktop, a phone, and without scripts."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect, sync_playwright

from tests.gateway.portal.browsers import (
    CHROMIUM,
    PHONE,
    is_wider_than_the_screen,
    launch,
    new_page,
    serious_faults,
    sign_in,
    working,
)
from tests.gateway.portal.pictures import bring_twins
from tests.gateway.portal.rosters import BAD_CELLS, GOOD, ROSTER, thousand

pytestmark = [
    pytest.mark.slow,
    pytest.mark.usefixtures("clinic"),
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here; .ci/run installs it"),
]

WAIT = 60_000


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def opened(chromium, portal):
    """Opens pages and closes them at the end; their consoles must be empty."""
    pages = []

    def open_page(**how):
        pages.append(new_page(chromium, portal, **how))
        return pages[-1]

    yield open_page
    complaints = [each for page in pages for each in page.complaints]
    for page in pages:
        page.context.close()
    assert complaints == []


def roster(folder: Path, content: str, name: str = "roster.csv") -> Path:
    path = folder / name
    path.write_text(content)
    return path


def check(page, path: Path) -> None:
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(path)
    page.get_by_role("button", name="Check file").click()
    page.wait_for_url("**/imports/*")


def corrected(path: Path, folder: Path) -> Path:
    """The failed rows as a person corrects them: those rows of the roster without faults."""
    whole = [line.split(",") for line in thousand({}).splitlines()]
    with path.open(newline="") as file:
        count = len(list(csv.reader(file)))
    assert count == len(BAD_CELLS)
    return roster(folder, "".join(",".join(whole[p]) + "\n" for p in BAD_CELLS), "corrected.csv")


def test_an_administrator_of_a_clinic_imports_a_thousand_clients(opened, portal, tmp_path):
    page, faults = opened(), []
    with working(portal):
        sign_in(page, "importer@clinic.test")
        faults += serious_faults(page)
        check(page, roster(tmp_path, thousand()))
        faults += serious_faults(page)
        ready = page.get_by_text("980 of 1,000 rows can be imported; 20 are left out.")
        expect(ready).to_be_visible(timeout=WAIT)  # the script brought the result by itself
        faults += serious_faults(page)
        page.get_by_role("button", name="Import 980 rows").dblclick()
        expect(page.get_by_text("20 rows were left out.")).to_be_visible(timeout=WAIT)
        faults += serious_faults(page)
        with page.expect_download() as download:
            page.get_by_role("link", name="Download failed rows").click()
        failed = tmp_path / "failed.csv"
        download.value.save_as(failed)
        check(page, corrected(failed, tmp_path))
        expect(page.get_by_text("All 20 rows can be imported.")).to_be_visible(timeout=WAIT)
        page.get_by_role("button", name="Import 20 rows").click()
        expect(page.get_by_text("Every row was imported.")).to_be_visible(timeout=WAIT)
        page.get_by_role("link", name="History").first.click()
        expect(page.locator("tbody tr")).to_have_count(4)
    assert faults == []


def test_an_import_needs_no_script(opened, portal, tmp_path):
    page = opened(java_script_enabled=False)
    with working(portal):
        sign_in(page, "importer@clinic.test")
        check(page, roster(tmp_path, ROSTER))
        # The page reloads itself until the check is over.
        button = page.get_by_role("button", name="Import 1 row")
        expect(button).to_be_visible(timeout=WAIT)
        button.click()
        expect(page.get_by_text("2 rows were left out.")).to_be_visible(timeout=WAIT)


def test_a_file_is_dropped_and_its_import_cancelled(opened):
    page = opened()
    sign_in(page, "importer@clinic.test")
    page.goto("/import")
    dropped = page.evaluate_handle(
        """content => {
            const carried = new DataTransfer();
            carried.items.add(new File([content], "dropped.csv", { type: "text/csv" }));
            return carried;
        }""",
        GOOD,
    )
    page.locator("[data-drop]").dispatch_event("drop", {"dataTransfer": dropped})
    expect(page.locator("[data-chosen]")).to_contain_text("dropped.csv (50 bytes)")
    page.get_by_role("button", name="Check file").click()
    page.get_by_role("button", name="Cancel").click()
    expect(page.get_by_text("cancelled at the portal before it was processed")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.locator(".state").first).to_have_text("Cancelled")


def test_every_page_fits_a_phone_and_a_screen_reader(opened, portal, tmp_path):
    phone, night, faults = opened(viewport=PHONE), opened(color_scheme="dark"), []
    with working(portal):
        for page in (phone, night):
            sign_in(page, "admin@clinic.test")
        check(phone, roster(tmp_path, ROSTER))
        expect(phone.get_by_text("Checked.")).to_be_visible(timeout=WAIT)
        phone.get_by_role("button", name="Import 1 row").click()
        expect(phone.get_by_text("2 rows were left out.")).to_be_visible(timeout=WAIT)
    result = phone.url
    phone.goto(f"{result}?show=all")
    patient = phone.get_by_role("link", name="Patient", exact=True).get_attribute("href")
    undo = f"{result}/undo"
    paths = ["/imports", "/import", result, undo, "/patients", patient, "/formats/ptdirect",
             "/password"]  # fmt: skip
    sections = ("users", "keys", "sftp", "webhook", "lists", "account", "trail")
    for path in (*paths, *(f"/admin/{section}" for section in sections)):
        phone.goto(path)
        faults += serious_faults(phone)
        if is_wider_than_the_screen(phone):
            faults.append(f"{path} is wider than a phone")
    for path in ("/imports", "/import", result, undo, patient, "/admin/users"):
        night.goto(path)
        faults += serious_faults(night)
    phone.goto(undo)
    phone.get_by_role("button", name="Undo, and remove 1 patient").dblclick()
    expect(phone.get_by_text("This import was undone")).to_be_visible()
    night.goto(result)
    faults += [*serious_faults(phone), *serious_faults(night)]
    assert faults == []


@pytest.fixture
def sunrise(portal, connection, tmp_path):
    """A care manager's account with two pairs to decide about."""
    bring_twins(portal, connection, tmp_path)


@pytest.mark.usefixtures("sunrise")
def test_a_reviewer_decides_by_keyboard_and_splits(opened):
    page, faults = opened(), []
    sign_in(page, "reviewer@sunrise.test")
    page.get_by_role("navigation", name="Main").get_by_role("link", name="Review 2 waiting").click()
    faults += serious_faults(page)
    page.get_by_role("link", name="Start with the oldest").click()
    expect(page.get_by_role("heading", name="Are these one person?")).to_be_visible()
    faults += serious_faults(page)
    page.get_by_role("button", name="Same person").focus()
    page.keyboard.press("Enter")
    expect(page.get_by_text("Merged: Maria Lopez")).to_be_visible()
    expect(page.get_by_role("rowheader", name="Name")).to_be_visible()  # the next pair is there
    faults += serious_faults(page)
    page.get_by_role("button", name="Same person").focus()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Kept apart: Peter Hill")).to_be_visible()
    expect(page.get_by_text("No pairs are waiting")).to_be_visible()
    page.get_by_role("link", name="Decided").click()
    expect(page.get_by_text("reviewer@sunrise.test").first).to_be_visible()
    faults += serious_faults(page)
    page.get_by_role("button", name="Split Maria Lopez and Maria Lopez").click()
    expect(page.get_by_text("are different people")).to_be_visible()
    page.get_by_role("link", name="Maria Lopez").last.click()
    expect(page.get_by_text("split from another patient by reviewer@sunrise.test")).to_be_visible()
    faults += serious_faults(page)
    assert faults == []


@pytest.mark.usefixtures("sunrise")
def test_review_pages_fit_a_phone_and_need_no_script(opened):
    phone = opened(viewport=PHONE)
    plain = opened(java_script_enabled=False, color_scheme="dark")
    faults = []
    sign_in(phone, "reviewer@sunrise.test")
    for step in ("/review", "/review/judged", "/review"):
        phone.goto(step)
        faults += serious_faults(phone)
    phone.get_by_role("link", name="Start with the oldest").click()
    faults += serious_faults(phone)
    assert not is_wider_than_the_screen(phone)
    sign_in(plain, "admin@sunrise.test")
    plain.goto(phone.url)
    plain.get_by_role("button", name="Different people").click()
    expect(plain.get_by_text("Kept apart: Maria Lopez")).to_be_visible()
    assert faults == []


def test_each_role_sees_what_it_may_use(opened, operator):
    shown = {}
    for role in ("viewer", "importer", "reviewer", "admin"):
        page = opened()
        sign_in(page, f"{role}@clinic.test")
        shown[role] = page.get_by_role("navigation", name="Main").inner_text().split()
    assert shown == {
        "viewer": ["History", "Patients"],
        "importer": ["Import", "History", "Patients"],
        "reviewer": ["History", "Patients", "Review"],
        "admin": ["Import", "History", "Patients", "Review", "Settings"],
    }
    page = opened()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(operator)
    page.get_by_label("Password").fill("right-horse-battery")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="clinic").click()
    page.wait_for_url("**/imports")
    assert page.locator(".account").inner_text() == "clinic"


def test_an_admin_lets_a_colleague_in(opened):
    admin, colleague = opened(), opened()
    sign_in(admin, "admin@clinic.test")
    admin.goto("/admin/users")
    admin.get_by_label("E-mail address").fill("new@clinic.test")
    admin.locator("select[name=role]").last.select_option("importer")
    admin.get_by_role("button", name="Add user").click()
    password = admin.locator(".secret").inner_text()
    colleague.goto("/import")
    colleague.get_by_label("E-mail address").fill("new@clinic.test")
    colleague.get_by_label("Password").fill(password)
    colleague.get_by_role("button", name="Sign in").click()
    expect(colleague.get_by_role("heading", name="Import patients")).to_be_visible()
