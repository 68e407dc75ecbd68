"""Checks of who signs in to PostgreSQL: gateway and runs, as users who can do only their work."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass

from psycopg import Connection
from psycopg.rows import class_row

from cli.installation.check import Check
from registry.database.connections import VARIABLES, connect_as_gateway, connect_as_runs
from registry.database.logins import GATEWAY_LOGIN, RUNS_LOGIN
from registry.database.statements import Statements
from registry.settings import Settings
from schemas.errors import RosterlineError

_SQL = Statements(__file__)


@dataclass(frozen=True)
class _Login:
    """A user of PostgreSQL; `may_become` are other roles than the walled one."""

    name: str
    is_superuser: bool
    owns_tables: bool
    makes_roles: bool
    bypasses_policies: bool
    may_become: list[str]

    @property
    def faults(self) -> list[str]:
        """What this user can do beyond the work of gateway and runs, in words."""
        said = {
            "is a superuser": self.is_superuser,
            "owns the tables": self.owns_tables,
            "may make roles": self.makes_roles,
            # Runs must (registry/database/logins.py).
            "sees rows of all accounts": self.bypasses_policies and self.name != RUNS_LOGIN,
            f"may become {', '.join(self.may_become)}": bool(self.may_become),
        }
        # A superuser can do all of the rest.
        found = [words for words, is_so in said.items() if is_so]
        return found[:1] if self.is_superuser else found


def check_logins(settings: Settings) -> Iterator[Check]:
    """Whether gateway and runs sign in as users of their own."""
    yield _check(
        settings,
        "gateway's login",
        "API, portal and SFTP server sign",
        GATEWAY_LOGIN,
        connect_as_gateway,
    )
    yield _check(
        settings,
        "login of runs",
        "Dagster and its runs sign",
        RUNS_LOGIN,
        connect_as_runs,
    )


def _check(
    settings: Settings,
    name: str,
    who: str,
    login: str,
    connects: Callable[[Settings], Connection],
) -> Check:
    try:
        with closing(connects(settings)) as connection:
            found = _read(connection)
    except RosterlineError as error:
        return Check(name, "fail", f"{who} in as nobody", str(error))
    if not found.faults:
        return Check(name, "ok", f"{who} in as {found.name}, who owns nothing")
    todo = (
        f"set {VARIABLES[login]} to the same database with the user {login}, and run "
        "`rosterline migrate` (docs/tasks/deploy.md): else whoever gets SQL of their own into it "
        "can do all of that"
    )
    return Check(name, "warn", f"{who} in as {found.name}, who {', '.join(found.faults)}", todo)


def _read(connection: Connection) -> _Login:
    with connection.cursor(row_factory=class_row(_Login)) as cursor:
        (found,) = cursor.execute(_SQL["who_signs_in"]).fetchall()
    return found
