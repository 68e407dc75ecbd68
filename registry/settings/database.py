"""Where PostgreSQL is."""

from pydantic import Field

from registry.settings.home import HomeSettings


class DatabaseSettings(HomeSettings):
    """PostgreSQL.

    The embedded server keeps its data in the home folder, so its settings are these too.
    """

    database_url: str | None = Field(
        None,
        repr=False,  # it may carry a password
        description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/database. "
        "Not set: an embedded PostgreSQL is started under the home folder.",
    )
    dagster_database: str = Field(
        "dagster",
        min_length=1,
        max_length=63,  # PostgreSQL cuts longer names silently
        description="Name of Dagster's own database on the same server; made when missing.",
    )
