"""Times for tests of code that reads the real clock instead of getting the time as an argument.

A fixed date beside the real clock holds until that clock has gone far enough. So a test either
passes `now` to what it calls, with all its dates fixed, or, where PostgreSQL, dbt or a process of
its own looks at the clock, takes its dates from here, relative to the present moment.
"""

from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


def days_ago(days: int, at: str, zone: str = "UTC") -> datetime:
    """This time of day, so many days before today, both as they are in the zone."""
    there = ZoneInfo(zone)
    day = datetime.now(there).date() - timedelta(days=days)
    return datetime.combine(day, time.fromisoformat(at), there).astimezone(UTC)
