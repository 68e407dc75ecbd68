"""A clinic that sends a file a day, for tests of what later files and backfills change."""

from datetime import UTC, datetime, timedelta

from registry.accounts.accounts import add_account
from tests.files import care
from tests.importing import process, put
from tests.state import facts

MONDAY = datetime(2026, 11, 16, 12, tzinfo=UTC)


class Clinic:
    """An account that sends one file a day."""

    def __init__(self, settings, connection, folder):
        self.settings, self.connection, self.folder = settings, connection, folder
        self.account = add_account(connection, "clinic", "thoroughcare")
        connection.commit()

    def receive(self, day, *rows):
        return put(
            self.settings, self.connection, self.account, care(*rows), folder=self.folder,
            received_at=MONDAY + timedelta(days=day),
        )  # fmt: skip

    def send(self, day, *rows):
        return process(self.settings, self.connection, self.receive(day, *rows))

    def backfill(self, done):
        return process(self.settings, self.connection, done.imported, again=True)

    def facts(self):
        return facts(self.connection, self.account.id)

    def value(self, address):
        (each,) = self.facts().values()
        return each.get(address)
