from collections.abc import Callable
from pathlib import Path
from typing import Any

import psycopg
import pytest

from registry.accounts.accounts import add_account
from registry.settings import Settings
from tests.schemas.clinic import Clinic

OpenClinic = Callable[..., Clinic]


@pytest.fixture
def open_clinic(database: Settings, connection: psycopg.Connection, tmp_path: Path) -> OpenClinic:
    """Opens an account of a format, with its settings."""

    def opened(format_name: str, name: str = "clinic", **settings: Any) -> Clinic:
        account = add_account(connection, name, format_name, settings=settings)
        connection.commit()
        return Clinic(account, database, connection, tmp_path)

    return opened


@pytest.fixture
def thoroughcare(open_clinic: OpenClinic) -> Clinic:
    return open_clinic("thoroughcare")


@pytest.fixture
def metriport(open_clinic: OpenClinic) -> Clinic:
    return open_clinic("metriport")


@pytest.fixture
def ptdirect(open_clinic: OpenClinic) -> Clinic:
    return open_clinic("ptdirect")
