"""Where dbt and its project are. Without an import of dagster-dbt, which takes seconds."""

import sys
from pathlib import Path

from pipelines.process_environment import PROJECT_DIR

DBT_DIR = PROJECT_DIR / "dbt"
DBT = Path(sys.executable).with_name("dbt")


def dbt_environment() -> dict[str, str]:
    """Variables that stop dbt from sending statistics and from looking for newer versions."""
    return {"DBT_SEND_ANONYMOUS_USAGE_STATS": "false", "DO_NOT_TRACK": "1"}
