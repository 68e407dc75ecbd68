"""The instance file that commands and services use."""

import pytest
import yaml

from pipelines.process_environment import INSTANCE_FILE, dagster_environment


@pytest.fixture
def written(database, tmp_path):
    own = database.model_copy(update={"home": tmp_path})
    dagster_environment(own)
    return yaml.safe_load((own.dagster_dir / INSTANCE_FILE.name).read_text())


def test_it_is_that_of_the_checkout_with_a_pool_of_connections(written):
    checkout = yaml.safe_load(INSTANCE_FILE.read_text())
    url = {"env": "ROSTERLINE_DAGSTER_URL"}
    assert checkout.pop("storage") == {"postgres": {"postgres_url": url}}
    assert written.pop("storage") == {
        "custom": {
            "module": "pipelines.storage",
            "class": "PooledPostgresStorage",
            "config": {"postgres_url": url},
        }
    }
    # Whoever writes an instance file of their own, as Dagster's charts do, has Dagster's launcher.
    assert written.pop("run_launcher")["class"] == "WarmRunLauncher"
    assert written == checkout
