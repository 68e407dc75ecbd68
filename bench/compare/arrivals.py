"""What only services do: many files that arrive at once, and nothing that arrives at all."""

import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime

from psycopg import Connection

from bench.compare import rosters
from bench.compare.figures import Figures
from bench.compare.ours import Services, wait_until_over
from bench.compare.watching import Failed, watch_services
from bench.home import ACCOUNT
from registry.accounts.accounts import Account, add_account, get_account, list_facilities
from registry.database.connections import connect
from registry.landing.receive import Arrival, archive, enter
from registry.settings import Settings
from synthetic.layouts import Format

Measure = Callable[[Services, str, int], Figures]

LATER_SECONDS = 30
"""Long enough for the crowd to have taken every place that it may have."""


def night(files: int, rows: int) -> Measure:
    """So many files of new people, of one account, are due at the same moment."""

    def measure(services: Services, stock: str, _: int) -> Figures:
        first = services.count(stock)
        with services.running(stock) as settings, connect(settings) as connection:
            account = get_account(connection, ACCOUNT)
            for number in range(files):
                _enter(connection, settings, account, rows, first + number * rows)
            return _all_at_once(services, settings, connection)

    return measure


def accounts_at_once(accounts: int, rows: int) -> Measure:
    """A file of new people of each of so many accounts is due at the same moment."""

    def measure(services: Services, stock: str, round_number: int) -> Figures:
        with services.running(stock) as settings, connect(settings) as connection:
            owners = [
                _account(connection, f"clinic-{round_number}-{number}")
                for number in range(accounts)
            ]
            connection.commit()
            for number, account in enumerate(owners):
                _enter(connection, settings, account, rows, number * rows)
            return _all_at_once(services, settings, connection)

    return measure


def beside_a_crowd(accounts: int, files: int, rows: int) -> Measure:
    """So many accounts send so many files each; `LATER_SECONDS` on, another one sends one file."""

    def measure(services: Services, stock: str, round_number: int) -> Figures:
        with services.running(stock) as settings, connect(settings) as connection:
            owners = [
                _account(connection, f"crowd-{round_number}-{number}") for number in range(accounts)
            ]
            neighbour = _account(connection, f"neighbour-{round_number}")
            connection.commit()
            for number, account in enumerate(owners):
                for file in range(files):
                    _enter(connection, settings, account, rows, (number * files + file) * rows)

            def work() -> Mapping[str, float]:
                connection.commit()
                time.sleep(LATER_SECONDS)
                _enter(connection, settings, neighbour, rows, accounts * files * rows)
                sent = datetime.now(UTC)
                connection.commit()
                wait_until_over(connection)
                last = {"the neighbour's file": [neighbour], "the last of the crowd": owners}
                return {
                    which: (_last_result(connection, whose) - sent).total_seconds()
                    for which, whose in last.items()
                }

            return watch_services(services.server, settings.home, work)

    return measure


def idle(minutes: float) -> Measure:
    """Services that have nothing to do."""

    def measure(services: Services, stock: str, _: int) -> Figures:
        with services.running(stock) as settings:

            def wait() -> Mapping[str, float]:
                time.sleep(minutes * 60)
                return {}

            return watch_services(services.server, settings.home, wait)

    return measure


def _account(connection: Connection, name: str) -> Account:
    return add_account(connection, name, "thoroughcare", cadence="on_arrival")


def _enter(
    connection: Connection, settings: Settings, account: Account, rows: int, first: int
) -> None:
    """Archive a file and enter it in the ledger, which nobody sees before the commit."""
    path = settings.home / "arriving.csv"
    form: Format = "metriport" if account.name == ACCOUNT else "thoroughcare"
    rosters.write(form, path, rows, start=first)
    facility = next(iter(list_facilities(connection, account)), None)
    enter(
        connection,
        account,
        archive(settings, path),
        Arrival(
            source="sftp",
            received_at=datetime.now(UTC),
            file_name=f"{account.name}-{first}.csv",
            format=form,
            default_facility_id=facility.id if facility else None,
        ),
    )


def _all_at_once(services: Services, settings: Settings, arrived: Connection) -> Figures:
    """Commit what was entered, and wait for the last result."""

    def work() -> Mapping[str, float]:
        began = datetime.now(UTC)
        arrived.commit()
        with connect(settings) as connection:
            connection.autocommit = True
            wait_until_over(connection)
            ended = connection.execute(
                "SELECT finished_at FROM attempt WHERE finished_at > %s", (began,)
            ).fetchall()
        return _moments([(finished - began).total_seconds() for (finished,) in ended])

    return watch_services(services.server, settings.home, work)


def _last_result(connection: Connection, accounts: Sequence[Account]) -> datetime:
    row: tuple[datetime] | None = connection.execute(
        "SELECT max(finished_at) FROM attempt JOIN import ON import.id = import_id"
        " WHERE account_id = ANY(%s)",
        ([each.id for each in accounts],),
    ).fetchone()
    if row is None:
        raise Failed("no file of these accounts was imported")
    return row[0]


def _moments(seconds: Sequence[float]) -> dict[str, float]:
    return {
        "first result": min(seconds),
        "half of them": statistics.median(seconds),
        "last result": max(seconds),
    }
