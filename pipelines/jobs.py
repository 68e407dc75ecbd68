"""The jobs: the five stages of an import, on arrival or at night, and the document queries.

Document queries are a separate job, because no import waits for them.
"""

import dagster as dg

from pipelines.health_checks import HEALTH_CHECKS

STAGES = ("landed_files", "staged_patients", "matched_patients", "patients", "result_files")
"""Asset keys, in the order in which an import passes through them."""

# The health checks are about all imports, so the run of one import does not evaluate them.
_IMPORT = dg.AssetSelection.assets(*STAGES) - dg.AssetSelection.checks(*HEALTH_CHECKS)

import_files = dg.define_asset_job(
    "import_files",
    selection=_IMPORT,
    description="Take files from the archive into the registry, and write their results.",
)

nightly_import = dg.define_asset_job(
    "nightly_import",
    selection=_IMPORT,
    description="Import the files that waited for their account's midnight.",
)

query_documents = dg.define_asset_job(
    "query_documents",
    selection=dg.AssetSelection.assets("document_queries"),
    description="Query the documents of patients that completed imports created or updated.",
    # dagster.yaml lets one run with this tag start at a time.
    tags={"rosterline/documents": "true"},
)

jobs = [import_files, nightly_import, query_documents]
