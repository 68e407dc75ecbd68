"""Where PostgreSQL is."""

from pydantic import Field, ValidationInfo, field_validator

from registry.settings.home import HomeSettings


class DatabaseSettings(HomeSettings):
    """PostgreSQL.

    The embedded server keeps its data in the home folder, so its settings are these too.
    """

    database_url: str | None = Field(
        None,
        repr=False,  # it may carry a password
        description="PostgreSQL 15 or newer, as postgresql://user:password@host:port/database. The "
        "user owns the database: migrations, backup and restore sign in as it. "
        "Not set: an embedded PostgreSQL is started under the home folder.",
    )
    gateway_database_url: str | None = Field(
        None,
        repr=False,
        description="The same database, as API, portal, SFTP server and the front of Dagster's UI "
        "sign in to it: by the user rosterline_gateway_login. Not set: as ROSTERLINE_DATABASE_URL "
        "says. The embedded PostgreSQL needs neither this nor the next one.",
    )
    runs_database_url: str | None = Field(
        None,
        repr=False,
        description="The same database, as Dagster with its runs, intake and commands sign in to "
        "it: by the user rosterline_runs. Not set: as ROSTERLINE_DATABASE_URL says.",
    )
    database_direct_url: str | None = Field(
        None,
        repr=False,
        description="Where the addresses above lead to a pooler such as PgBouncer in transaction "
        "mode: address of PostgreSQL itself, of the same database, without user and password: "
        "each login uses its own. What needs a session of its own goes there: locks of runs and "
        "services, migrations, dumps, the marts' builds, the Dagster webserver. Not set: there is "
        "no pooler.",
    )
    database_replica_url: str | None = Field(
        None,
        repr=False,
        description="Address of a read-only replica of the database for the user "
        "rosterline_gateway_login, from which pages of the portal are read that may be a moment "
        "old. Not set, or while it does not answer: all is read from the primary.",
    )
    dagster_database: str = Field(
        "dagster",
        min_length=1,
        max_length=63,  # PostgreSQL cuts longer names silently
        description="Name of Dagster's own database on the same server; made when missing.",
    )

    @property
    def is_embedded(self) -> bool:
        """Whether the database is the one under the home folder."""
        # A service has only the address that it needs (registry/database/logins.py).
        given = (self.database_url, self.gateway_database_url, self.runs_database_url)
        return given == (None, None, None)

    @field_validator("database_direct_url", "database_replica_url")
    @classmethod
    def _beside_an_external_one(cls, url: str | None, info: ValidationInfo) -> str | None:
        names = ("database_url", "gateway_database_url", "runs_database_url")
        if url is not None and not any(info.data.get(name) for name in names):
            raise ValueError("needs ROSTERLINE_DATABASE_URL; the embedded server has neither")
        return url
