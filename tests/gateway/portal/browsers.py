"""A real browser: the chromium of the system, driven by Playwright."""

import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, Playwright

from registry.settings import Settings
from tests.gateway.portal.conftest import PASSWORD, run_all

NAMES = ("chromium", "chromium-browser", "google-chrome")
CHROMIUM = next(filter(None, map(shutil.which, NAMES)), None)
DESKTOP = {"width": 1280, "height": 860}
WIDE = {"width": 1440, "height": 900}
PHONE = {"width": 390, "height": 844}
IN_A_BROWSER = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="there is no chromium here; .ci/run installs it"),
]
"""The marks of a module whose tests need one."""
STEADY = ["--no-sandbox", "--disable-gpu", "--font-render-hinting=none"]


def launch(playwright: Playwright) -> Browser:
    return playwright.chromium.launch(executable_path=CHROMIUM, args=STEADY)


def new_page(browser: Browser, settings: Settings, **how: Any) -> Page:
    """A page with cookies of its own; `page.complaints` keeps what the browser's console says."""
    context: BrowserContext = browser.new_context(
        base_url=settings.api_url, viewport=how.pop("viewport", DESKTOP), **how
    )
    page = context.new_page()
    page.complaints = []
    page.on("console", lambda said: page.complaints.append(f"{said.type}: {said.text}"))
    page.on("pageerror", lambda error: page.complaints.append(str(error)))
    return page


def sign_in(page: Page, name: str) -> None:
    page.goto("/sign-in")
    page.get_by_label("E-mail address").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/desk")


def check(page: Page, file: Path) -> None:
    """Upload a file, and go to the page of its check."""
    page.goto("/import")
    page.locator("input[type=file]").set_input_files(file)
    page.get_by_role("button", name="Check file").click()
    page.wait_for_url("**/imports/*")


def faults_at_each_size(page: Page) -> list[str]:
    """What axe finds, and where the page is wider than the screen, on a desk and on a phone."""
    faults = []
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        faults += serious_faults(page)
        if is_wider_than_the_screen(page):
            faults.append(f"{page.url} is wider than {size['width']} pixels")
    return faults


def serious_faults(page: Page) -> list[str]:
    """The serious and critical faults that axe finds on the page."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {fault['id']} at {fault['nodes'][0]['target']}"
        for fault in found
        if fault["impact"] in ("serious", "critical")
    ]


def is_wider_than_the_screen(page: Page) -> bool:
    return page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@contextmanager
def working(settings: Settings) -> Iterator[None]:
    """Do what the sensor does, over and over: run every import that waits in the portal."""
    stop = threading.Event()

    def work() -> None:
        while not stop.wait(0.2):
            run_all(settings)

    thread = threading.Thread(target=work)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join(60)
        assert not thread.is_alive()
