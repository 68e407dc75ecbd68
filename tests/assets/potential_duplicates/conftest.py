import pytest

from assets.potential_duplicates.search import search_import
from tests.reviewed_account import ReviewedAccount


class SearchedAccount(ReviewedAccount):
    """An account whose imports are searched for duplicates."""

    def search(self, done, *, again=False, **how):
        key, seen = done.imported.partition_key, self.settings.model_copy(update={"debug": True})
        report = search_import(self.connection, seen, key, again=again, **how)
        self.connection.commit()
        return report

    def send_and_search(self, *rows, **how):
        done = self.send(*rows, **how)
        self.search(done)
        return done

    def queue(self):
        """The open pairs: younger, older, reason, weight."""
        return self.connection.execute(
            "SELECT patient_id, other_patient_id, reason, weight FROM review"
            " WHERE account_id = %s AND state = 'open' ORDER BY patient_id, other_patient_id",
            (self.account.id,),
        ).fetchall()


@pytest.fixture
def clinic(database, connection, tmp_path):
    return SearchedAccount(database, connection, tmp_path)


@pytest.fixture
def another_clinic(database, connection, tmp_path):
    """Makes a further account of this name."""
    return lambda name: SearchedAccount(database, connection, tmp_path, name=name)
