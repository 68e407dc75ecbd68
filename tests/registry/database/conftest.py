"""A registry in a database of its own, whose tables a test may change."""

import pytest

from registry.migrations import migrate
from tests.registry.migrations.conftest import database_of_its_own


@pytest.fixture(scope="session")
def own_template(migrated):
    name = f"{migrated.dagster_database}_template"
    with database_of_its_own(migrated, name, "template0") as own:
        migrate(own)
        yield name


@pytest.fixture
def own_registry(migrated, own_template, tmp_path):
    name = f"{migrated.dagster_database}_own"
    with database_of_its_own(migrated, name, own_template) as own:
        yield own.model_copy(update={"home": tmp_path / "home"})
