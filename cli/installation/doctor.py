"""Whether this installation can work: one check a line, each with what to do about it."""

from rich.table import Table

from cli import output
from cli.installation.check import Check
from cli.installation.database_checks import check_database
from cli.installation.machine_checks import check_machine
from cli.installation.service_checks import check_documents, check_services
from registry.settings import Settings


def examine(settings: Settings) -> list[Check]:
    """Run all checks; one that fails does not stop the others."""
    return [
        *check_machine(settings),
        *check_database(settings),
        check_documents(settings),
        *check_services(settings),
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
