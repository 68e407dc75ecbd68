"""The whole of docs/tasks/first-morning.md, in its order: blocks typed, pages of the UI opened."""

import re

from playwright.sync_api import Browser

from tests.first_morning.practice import Practice
from tests.first_morning.walk import Keep, Walk

KEY = re.compile(r"\d{4}-\d\d-\d\d_(?:harbor|sunrise)_[0-9a-f]{10}")


def spend(practice: Practice, browser: Browser, keep: Keep) -> dict[str, str]:
    """Do what the page says; what each block printed, by its command."""
    said = {"demo": practice.type("rosterline demo --nights")}
    walk = Walk(browser, practice.web, keep)
    walk.open(practice.type("rosterline ui").replace("\n", ""))
    *nights, broken = KEY.findall(said["demo"])
    second = nights[1]
    walk.last_night()
    walk.run_of_the_failed_file()
    walk.failed_partition(broken)
    walk.check_of_the_failed_file(broken)
    said["night"] = practice.type("rosterline night")
    walk.error_share(second)
    walk.issues(second)
    said["rows"] = practice.type("rosterline rows")
    practice.type("sed -i")
    walk.reload_definitions()
    said["preview"] = practice.type("--dry-run")
    walk.backfill(nights)
    said["diff"] = practice.type("rosterline diff")
    walk.kept_values(second)
    walk.nothing_fails_any_more(second)
    said["lineage"] = practice.type("rosterline lineage")
    said["backfill"] = practice.type("rosterline backfill")
    practice.type("rosterline down")
    return said
