"""What docs/tasks/first-morning.md says of the Dagster UI, done in a real browser.

Each step opens the page that the sentence names, waits until it shows what the sentence says, and
keeps a picture of that.
"""

import re
import time
from collections.abc import Callable, Sequence

from playwright.sync_api import Browser, FloatRect, Locator, Page, expect

PATIENCE_MS = 120_000
"""Sensors look every minute, and the machine may be busy."""
WINDOW = {"width": 1440, "height": 900}
EDGE = 12
NAVIGATION = 240
"""Width of the bar on the left, which the pictures leave out."""

_LOADED = "{ workspaceOrError { ... on Workspace { locationEntries { name updatedTimestamp } } } }"

Keep = Callable[[Page, str, dict[str, float]], None]
"""Keeps a picture of this part of the page under this name."""


class Walk:
    """A browser in the UI; `keys` are the partitions of the four files, by the file's name."""

    def __init__(self, browser: Browser, address: str, keep: Keep) -> None:
        context = browser.new_context(
            base_url=address, viewport=WINDOW, timezone_id="UTC", locale="en-US"
        )
        context.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        self.page = context.new_page()
        self._keep = keep
        self._address = address

    def open(self, link: str) -> None:
        """The link signs in, and leads to the UI."""
        self.page.goto(link)
        expect(self.page.get_by_text("Catalog").first).to_be_visible()

    def last_night(self) -> None:
        """The asset lists the file that failed, with account, reason and what to do."""
        entry = self.page.get_by_role("listitem").filter(has_text="sunrise:")
        self._reload_until("/assets/last_night", entry)
        expect(entry).to_contain_text("not_csv")
        expect(entry).to_contain_text("save it as CSV")
        expect(self.page.get_by_text("operations", exact=True).first).to_be_visible()
        self._picture("last-night", self.page.get_by_text("Assets").first, entry, below=25)

    def run_of_the_failed_file(self) -> None:
        """The entry's link leads to the run, whose error begins with the reason."""
        self.page.get_by_role("link", name=re.compile("^run ")).click()
        failure = self.page.get_by_text(re.compile(r"1 of \d files could not be imported")).first
        expect(failure).to_be_visible()
        expect(failure).to_contain_text("account sunrise, partition ")
        table = self.page.get_by_text("STEP_FAILURE").first
        self._picture("run", self.page.get_by_text("Failure", exact=True).first, table, below=50)
        self.page.go_back()

    def failed_partition(self, key: str) -> None:
        """Its partition is red where the fault was, and green where the result was written."""
        self.page.get_by_role("link", name=key).click()
        expect(self._row("fault")).to_contain_text("not_csv")
        banner = self.page.get_by_text("failed, and did not materialize this asset")
        self._open(f"/assets/landed_files?view=partitions&partition={key}", banner)
        expect(self.page.get_by_text("Failed (1)")).to_be_visible()
        self._picture("failed-partition", self.page.get_by_text("Failed (1)"), banner, below=60)

    def check_of_the_failed_file(self, key: str) -> None:
        """The check of its result says the same."""
        said = self.page.get_by_text(f"account sunrise, partition {key}: not_csv")
        self._open("/assets/result_files?view=checks", said)
        self._picture("check", self.page.get_by_text("Checks (2)"), said, below=170)

    def error_share(self, key: str) -> None:
        """A check warns of the night from which on rows fail, and the plot shows it."""
        page = self.page
        named = page.get_by_text(key).first
        self._open("/assets/patients?view=checks&checkDetail=errored_share_is_usual", named)
        self._open("/assets/staged_patients", page.get_by_role("button", name="Plots"))
        page.get_by_role("button", name="Plots").click()
        plot = page.get_by_text("error share", exact=True)
        plot.evaluate("shown => shown.scrollIntoView({block: 'center'})")
        page.wait_for_timeout(1_500)  # the lines are drawn in an animation
        self._picture("error-share", plot, below=230, width=380)

    def issues(self, key: str) -> None:
        """The partition's metadata has the issues by code and column."""
        row = self._row("issues by code")
        self._open(f"/assets/staged_patients?view=partitions&partition={key}", row)
        expect(row).to_contain_text(re.compile(r"invalid_gender\s*error\s*Gender\s*2"))
        self._picture("issues", self._row("rows"), self._row("issues by code"), fit=True)

    def reload_definitions(self) -> None:
        """The code location takes up the corrected rule."""
        button = self.page.get_by_role("button", name="Reload all")
        self._open("/locations", button)
        expect(self.page.get_by_role("link", name="rosterline")).to_be_visible()
        before = self._loaded_at()
        button.click()
        until = time.monotonic() + PATIENCE_MS / 1000
        while self._loaded_at() == before:
            assert time.monotonic() < until, "the location was not loaded again"
            self.page.wait_for_timeout(500)

    def backfill(self, keys: Sequence[str]) -> None:
        """Three partitions of the group's five assets are launched, and come to their end."""
        page = self.page
        launch = page.get_by_role("button", name="Materialize all…")
        self._open("/locations/rosterline/asset-groups/imports", launch)
        launch.click()
        dialog = page.get_by_role("dialog").first  # the list of partitions is another one
        expect(dialog.get_by_text("Launch runs to materialize 5 assets")).to_be_visible()
        dialog.get_by_text("Select a partition or create one").click()
        page.keyboard.type("harbor")
        page.get_by_text("Select all (3)").click()
        expect(dialog.get_by_text("3 partitions")).to_be_visible()
        self._picture("launch", dialog, fit=True)
        page.keyboard.press("Escape")
        page.get_by_role("button", name="Launch backfill").click()
        page.get_by_role("button", name="View", exact=True).or_(
            page.get_by_role("link", name="View", exact=True)
        ).click()
        page.wait_for_url("**/runs/b/*")
        completed = page.get_by_text("100% completed")
        self._reload_until(page.url, completed.nth(4))
        for key in keys:
            expect(page.get_by_text(key)).to_be_visible()
        last = page.get_by_role("link", name="result_files")
        self._picture("backfill", page.get_by_text("Overview", exact=True).last, last, below=25)

    def kept_values(self, key: str) -> None:
        """The second attempt took what only the old file had, and kept what newer ones brought."""
        row = self._row("values by field")
        self._open(f"/assets/matched_patients?view=partitions&partition={key}", row)
        expect(row).to_contain_text(re.compile(r"contact\.value\s*2\s*2"))
        self._picture("kept-values", self._row("to be updated"), row, fit=True)

    def nothing_fails_any_more(self, key: str) -> None:
        """No row of it fails, and its check is right again."""
        row = self._row("errored")
        self._open(f"/assets/patients?view=partitions&partition={key}", row)
        expect(row).to_have_text(re.compile(r"errored\s*0\s*"))
        self._open("/assets/patients?view=checks", self.page.get_by_text("Checks (4)"))
        expect(self.page.get_by_text("Succeeded", exact=True)).to_have_count(4)

    def _loaded_at(self) -> float:
        """When the location of imports was loaded, as the page of locations shows it."""
        own = {"Origin": self._address}  # as a page of the UI sends
        answer = self.page.request.post("/graphql", data={"query": _LOADED}, headers=own).json()
        entries = answer["data"]["workspaceOrError"]["locationEntries"]
        return next(each["updatedTimestamp"] for each in entries if each["name"] == "rosterline")

    def _row(self, name: str) -> Locator:
        """A row of the metadata of a partition."""
        cell = self.page.get_by_role("cell", name=name, exact=True)
        return self.page.get_by_role("row").filter(has=cell)

    def _open(self, path: str, shown: Locator) -> None:
        self.page.goto(path)
        expect(shown).to_be_visible()

    def _reload_until(self, path: str, shown: Locator) -> None:
        until = time.monotonic() + 3 * PATIENCE_MS / 1000
        while True:
            self.page.goto(path)
            try:
                shown.wait_for(timeout=8_000)
            except Exception:
                if time.monotonic() > until:
                    raise
            else:
                return

    def _picture(
        self, name: str, *around: Locator, below: int = 0, width: int = 0, fit: bool = False
    ) -> None:
        """What lies around these and below: the page's content, unless it has to fit or a width."""
        around[-1].scroll_into_view_if_needed()
        self.page.mouse.move(0, 0)
        self.page.wait_for_timeout(1_000)  # what is still loading
        clip = _around([each.bounding_box() for each in around])
        clip["height"] = min(clip["height"] + below, WINDOW["height"] - clip["y"])
        if not fit and not width:
            clip["x"] = NAVIGATION
        if not fit:
            clip["width"] = width or WINDOW["width"] - NAVIGATION
        self._keep(self.page, name, clip)


def _around(boxes: Sequence[FloatRect | None]) -> dict[str, float]:
    """The rectangle around these, with an edge."""
    shown = [box for box in boxes if box is not None]
    x, y = (max(min(box[side] for box in shown) - EDGE, 0) for side in ("x", "y"))
    right = max(box["x"] + box["width"] for box in shown) + EDGE
    bottom = max(box["y"] + box["height"] for box in shown) + EDGE
    return {"x": x, "y": y, "width": right - x, "height": bottom - y}
