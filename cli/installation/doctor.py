"""Whether this installation can work: one check a line, each with what to do about it."""

from rich.table import Table

from cli import output
from cli.installation.archive_checks import check_archive
from cli.installation.check import Check
from cli.installation.database_checks import check_database
from cli.installation.machine_checks import check_machine
from cli.installation.service_checks import check_documents, check_services
from cli.installation.store_checks import check_store
from registry.settings import Settings


def examine(settings: Settings, *, archive: bool = False) -> list[Check]:
    """Run all checks; one that fails does not stop the others.

    With `archive`, every file that is kept is read as well.
    """
    return [
        *check_machine(settings),
        *check_store(settings),
        *check_database(settings),
        check_documents(settings),
        *check_services(settings),
        *(check_archive(settings) if archive else ()),
    ]


def report(checks: list[Check]) -> Table:
    """The checks as a table."""
    rows = [
        (
            output.word(check.level),
            check.name,
            f"{check.found}\n→ {check.todo}" if check.todo else check.found,
        )
        for check in checks
    ]
    return output.table(("", "check", "found"), rows)
