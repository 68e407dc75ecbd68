import pytest

from tests.registry.decisions.reviews.reviewed_account import Desk


@pytest.fixture
def desk(database, connection, tmp_path):
    return Desk(database, connection, tmp_path)


@pytest.fixture
def open_desk(database, connection, tmp_path):
    """A desk of another format, or of another account."""

    def opened(file_format, name="other"):
        return Desk(database, connection, tmp_path, file_format, name)

    return opened
