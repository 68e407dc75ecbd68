"""Where the files of deploy/ are, and what of them names settings."""

from pathlib import Path

import pytest
import yaml

from registry.settings import ENV_PREFIX, Settings

PROJECT = Path(__file__).parents[2]
DEPLOY = PROJECT / "deploy"
SETTINGS = {f"{ENV_PREFIX}{name.upper()}" for name in Settings.model_fields}


@pytest.fixture(scope="session")
def compose():
    return yaml.safe_load((DEPLOY / "compose.yaml").read_text())
