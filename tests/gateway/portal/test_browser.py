"""The portal in a real browser: each role's work on a desktop, a phone, and without scripts."""

import csv
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.archives import zipped
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
from tests.gateway.portal.lookalikes import bring_lookalikes, bring_third_records
from tests.gateway.portal.pictures import bring_twins
from tests.gateway.portal.rosters import BAD_CELLS, GOOD, ROSTER, thousand

pytestmark = [*IN_A_BROWSER, pytest.mark.usefixtures("clinic")]

WAIT = 60_000


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
        ready = page.get_by_text("980 of 1,000 rows can be imported; 20 failed.")
        expect(ready).to_be_visible(timeout=WAIT)  # the script brought the result by itself
        faults += serious_faults(page)
        page.get_by_role("button", name="Import 980 rows").dblclick()
        expect(page.get_by_text("20 rows failed.")).to_be_visible(timeout=WAIT)
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
        expect(page.locator("tbody tr")).to_have_count(2)  # each import with its check
    assert faults == []


def test_an_archive_is_checked_and_imported_while_its_page_is_open(opened, portal, tmp_path):
    page = opened()
    sent = tmp_path / "rosters.zip"
    sent.write_bytes(zipped({"north.csv": GOOD, "south.csv": "C-2,Bob,Sample,1877,m,,,,\n"}))
    sign_in(page, "importer@clinic.test")
    with working(portal):
        check(page, sent)
        # The page began as that of one file, and its script finds an archive.
        button = page.get_by_role("button", name="Import 1 row")
        expect(button).to_be_visible(timeout=WAIT)
        faults = faults_at_each_size(page)
        button.click()
        expect(page.get_by_role("link", name="its check")).to_have_count(2, timeout=WAIT)
        expect(page.locator("[data-progress]")).to_have_count(0, timeout=WAIT)
    expect(page.get_by_role("link", name="rosters.zip/south.csv")).to_be_visible()
    assert faults + faults_at_each_size(page) == []


def test_an_import_needs_no_script(opened, portal, tmp_path):
    page = opened(java_script_enabled=False)
    with working(portal):
        sign_in(page, "importer@clinic.test")
        check(page, roster(tmp_path, ROSTER))
        # The page reloads itself until the check is over.
        button = page.get_by_role("button", name="Import 1 row")
        expect(button).to_be_visible(timeout=WAIT)
        button.click()
        expect(page.get_by_text("2 rows failed.")).to_be_visible(timeout=WAIT)


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
    page.wait_for_url("**/imports/*")  # a page that is left before it is loaded is not gone back to
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
        expect(phone.get_by_text("2 rows failed.")).to_be_visible(timeout=WAIT)
    result = phone.url
    phone.goto(f"{result}?show=all")
    patient = phone.get_by_role("link", name="Patient", exact=True).get_attribute("href")
    undo = f"{result}/undo"
    paths = ["/desk", "/imports", "/import", result, undo, "/patients", patient,
             "/formats/ptdirect", "/password"]  # fmt: skip
    sections = ("users", "keys", "sftp", "webhook", "lists", "account", "trail")
    for path in (*paths, *(f"/admin/{section}" for section in sections)):
        phone.goto(path)
        faults += serious_faults(phone)
        if is_wider_than_the_screen(phone):
            faults.append(f"{path} is wider than a phone")
    for path in ("/desk", "/imports", "/import", result, undo, patient, "/admin/users"):
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
    page.get_by_role("link", name="Start").click()
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
    expect(page.get_by_text("Nothing to review")).to_be_visible()
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
    phone.get_by_role("link", name="Start").click()
    faults += serious_faults(phone)
    assert not is_wider_than_the_screen(phone)
    sign_in(plain, "admin@sunrise.test")
    plain.goto(phone.url)
    plain.get_by_role("button", name="Different people").click()
    expect(plain.get_by_text("Kept apart: Maria Lopez")).to_be_visible()
    assert faults == []


@pytest.fixture
def harbor(portal, connection, tmp_path):
    """An account with 60 pairs as a search finds them."""
    bring_lookalikes(portal, connection, tmp_path)


def press(page, key: str, then: str) -> None:
    """Press a key as soon as the page takes keys, and wait until the next page does so."""
    takes_keys(page)
    page.keyboard.press(key)
    takes_keys(page)
    expect(page.get_by_text(then).first).to_be_visible()


def takes_keys(page) -> None:
    expect(page.locator("html[data-keys=ready]")).to_be_attached(timeout=WAIT)


@pytest.mark.usefixtures("harbor")
def test_a_reviewer_judges_a_morning_of_pairs_by_keyboard_alone(opened):
    page, faults = opened(viewport=WIDE), []
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review")
    faults += serious_faults(page)
    press(page, "n", "Are these one person?")
    first = page.url
    expect(page.get_by_role("button", name="Same person")).to_be_in_viewport()
    expect(page.get_by_text("strong for").first).to_be_in_viewport()
    faults += serious_faults(page)
    press(page, "n", "Are these one person?")
    assert page.url != first, "put off"
    press(page, "s", "Merged:")
    expect(page.get_by_text("Are these one person?")).to_be_visible()  # the next one, at once
    faults += serious_faults(page)
    press(page, "u", "Are these one person?")
    expect(page.get_by_text("Merged:")).to_have_count(0)
    press(page, "d", "Kept apart:")
    press(page, "t", "Kept apart (twins):")
    press(page, "r", "Kept apart (relatives):")
    for _ in range(3):
        press(page, "s", "Merged:")
    expect(page.locator(".badge")).to_contain_text("54")
    assert faults == []


@pytest.mark.usefixtures("harbor")
def test_a_key_decides_nothing_in_a_field_with_another_key_or_where_keys_are_off(opened):
    page = opened()
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review")
    page.get_by_label("Reason").focus()
    takes_keys(page)
    page.keyboard.press("n")
    page.get_by_role("link", name="Start").click()
    pair = page.url
    takes_keys(page)
    for pressed in ("Control+d", "Alt+s", "x"):
        page.keyboard.press(pressed)
    page.get_by_label("Decide by keyboard").uncheck()
    page.keyboard.press("s")
    page.reload()
    takes_keys(page)
    page.keyboard.press("d")
    expect(page.get_by_text("Are these one person?")).to_be_visible()
    assert page.url == pair
    page.get_by_label("Decide by keyboard").check()
    press(page, "d", "Kept apart:")


@pytest.mark.usefixtures("harbor")
def test_many_are_merged_after_a_sample_was_judged(opened):
    page, faults = opened(), []
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review/bulk?score=15")
    faults += serious_faults(page)
    page.get_by_role("button", name="Draw a sample").click()
    press(page, "n", "Are these one person?")
    for _ in range(19):
        press(page, "s", "Merged:")
    takes_keys(page)
    page.keyboard.press("s")
    expect(page.get_by_text("20 of 20 random pairs are judged")).to_be_visible()
    faults += serious_faults(page)
    page.get_by_role("button", name="Merge all 40").click()
    # The page asks for the second batch by itself.
    expect(page.get_by_text("40 of 40 merged")).to_be_visible(timeout=WAIT)
    faults += serious_faults(page)
    page.goto("/review/scores")
    expect(page.get_by_role("cell", name="20", exact=True).first).to_be_visible()
    faults += serious_faults(page)
    assert faults == []


@pytest.fixture
def records(portal, connection, tmp_path, harbor):  # noqa: ARG001 - they come on top of the pairs
    """Two people whom the registry has three times each: their newest ids."""
    return bring_third_records(portal, connection, tmp_path)


def test_several_records_are_judged_at_once_by_keyboard(opened, records):
    page, faults = opened(viewport=WIDE), []
    sign_in(page, "reviewer@harbor.test")
    page.goto("/review")
    expect(page.get_by_text("3 records may be one person")).to_have_count(2)
    page.goto(f"/review/cluster/{records[0]}")
    expect(page.get_by_role("heading", name="Are these 3 records one person?")).to_be_visible()
    expect(page.get_by_role("button", name="merge the marked")).to_be_in_viewport()
    faults += serious_faults(page)
    third = page.get_by_role("checkbox", name="Record 3")
    takes_keys(page)
    page.keyboard.press("3")
    expect(third).not_to_be_checked()
    page.keyboard.press("x")
    expect(page.get_by_role("checkbox", name="is somebody else")).not_to_be_checked()
    page.keyboard.press("x")
    press(page, "s", "Merged: 2 records of")
    expect(page.locator(".badge")).to_contain_text("61")
    press(page, "u", "Are these 3 records one person?")
    press(page, "t", "Kept apart:")
    press(page, "u", "Are these 3 records one person?")
    press(page, "s", "Merged: 3 records of")
    faults += serious_faults(page)
    assert faults == []


def test_a_cluster_fits_a_phone_and_needs_no_script(opened, records):
    phone, plain = opened(viewport=PHONE), opened(java_script_enabled=False, color_scheme="dark")
    path = f"/review/cluster/{records[0]}"
    for page in (phone, plain):
        sign_in(page, "reviewer@harbor.test")
        page.goto(path)
    faults = serious_faults(phone)
    assert not is_wider_than_the_screen(phone)
    phone.goto(f"/patients/{records[0]}/same-as")
    faults += serious_faults(phone)
    assert not is_wider_than_the_screen(phone)
    plain.get_by_role("checkbox", name="Record 1").uncheck()
    plain.get_by_role("button", name="merge the marked").click()
    expect(plain.get_by_text("Merged: 2 records of")).to_be_visible()
    plain.get_by_role("button", name="Undo").click()
    expect(plain.get_by_role("heading", name="Are these 3 records one person?")).to_be_visible()
    assert faults == []


def test_two_records_of_ones_choice_are_found_compared_and_merged(opened, records):
    page, faults = opened(), []
    sign_in(page, "reviewer@harbor.test")
    page.goto(f"/patients/{records[0]}")
    name = page.get_by_role("heading", level=1).inner_text()
    page.get_by_role("link", name="The same person as").click()
    faults += serious_faults(page)
    page.get_by_role("searchbox").fill("zz")
    page.get_by_role("button", name="Search").click()
    expect(page.get_by_text("No other patient found")).to_be_visible()
    page.goto(f"/patients/{records[1]}")
    other = page.locator("code").first.inner_text()
    page.goto(f"/patients/{records[0]}/same-as")
    page.get_by_role("searchbox").fill(page.request.get(f"/patients/{other}").text().split(
        "<h1>")[1].split("</h1>")[0])  # fmt: skip
    page.get_by_role("button", name="Search").click()
    page.locator(f"form[action$='/same-as/{other}'] button").click()
    expect(page.get_by_text("A person asked whether they are one")).to_be_visible()
    expect(page.get_by_role("link", name=name).first).to_be_visible()
    page.get_by_role("button", name="Same person").click()
    expect(page.get_by_text("Merged:")).to_be_visible()
    assert faults == []


@pytest.mark.usefixtures("harbor")
def test_the_pages_of_scored_pairs_fit_a_phone(opened):
    phone, faults = opened(viewport=PHONE), []
    sign_in(phone, "reviewer@harbor.test")
    phone.goto("/review")
    phone.get_by_role("link", name="Start").click()
    for name in ("Earlier patient", "Later patient"):
        expect(phone.get_by_text(name, exact=True)).to_be_in_viewport()
    for path in (phone.url, "/review", "/review/bulk", "/review/scores", "/review/judged"):
        phone.goto(path)
        faults += serious_faults(phone)
        if is_wider_than_the_screen(phone):
            faults.append(f"{path} is wider than a phone")
    assert faults == []


def test_each_role_sees_what_it_may_use(opened, operator):
    shown = {}
    for role in ("viewer", "importer", "reviewer", "admin"):
        page = opened()
        sign_in(page, f"{role}@clinic.test")
        shown[role] = page.get_by_role("navigation", name="Main").inner_text().split()
    assert shown == {
        "viewer": ["Desk", "History", "Patients"],
        "importer": ["Desk", "Import", "History", "Patients"],
        "reviewer": ["Desk", "History", "Patients", "Review"],
        "admin": ["Desk", "Import", "History", "Patients", "Review", "Settings"],
    }
    page = opened()
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(operator)
    page.get_by_label("Password").fill("right-horse-battery")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="clinic").click()
    page.wait_for_url("**/desk")
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
    colleague.get_by_label("New password", exact=True).fill("cobalt-otter-lantern")
    colleague.get_by_label("Repeat the new password").fill("cobalt-otter-lantern")
    colleague.get_by_role("button", name="Set password and go on").click()
    expect(colleague.get_by_role("heading", name="Import patients")).to_be_visible()
