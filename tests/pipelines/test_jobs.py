"""What goes first in a full queue."""

import pytest
from dagster._core.storage.tags import PRIORITY_TAG

from pipelines.definitions import defs
from pipelines.marts.definitions import build_marts


@pytest.mark.parametrize(
    "name", ["query_documents", "find_potential_duplicates", "sweep_registry", "build_marts"]
)
def test_files_go_before_what_follows_them(name):
    job = build_marts if name == build_marts.name else defs.resolve_job_def(name)
    files = defs.resolve_job_def("import_files")
    assert int(job.tags[PRIORITY_TAG]) < int(files.tags.get(PRIORITY_TAG, "0"))
