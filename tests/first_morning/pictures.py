"""Takes the pictures of docs/tasks/first-morning.md.

    python -m tests.first_morning.pictures

It does what the page says, with real services and a real browser, and photographs what it sees.
Only ids, times and durations differ from one run to the next.
"""

from playwright.sync_api import Page, sync_playwright

from tests.first_morning.morning import spend
from tests.first_morning.practice import practising
from tests.gateway.portal.browsers import launch
from tests.gateway.portal.pictures import FOLDER, MAX_BYTES

PREFIX = "morning-"


def main() -> None:
    """Take them all."""
    with practising() as practice, sync_playwright() as playwright:
        browser = launch(playwright)
        spend(practice, browser, keep)
        browser.close()


def keep(page: Page, name: str, clip: dict[str, float]) -> None:
    """Write a picture, and check that its file is small."""
    path = FOLDER / f"{PREFIX}{name}.png"
    page.screenshot(path=path, clip=clip, animations="disabled", caret="hide")  # type: ignore[arg-type]
    assert path.stat().st_size <= MAX_BYTES, f"{name} has {path.stat().st_size:,} bytes"


if __name__ == "__main__":
    main()
