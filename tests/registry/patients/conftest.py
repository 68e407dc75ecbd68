import pytest

from tests.nights import Clinic
from tests.reviewed_account import ReviewedAccount


@pytest.fixture
def clinic(database, connection, tmp_path):
    return Clinic(database, connection, tmp_path)


@pytest.fixture
def reviewed(database, connection, tmp_path):
    return ReviewedAccount(database, connection, tmp_path)
