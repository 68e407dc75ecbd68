"""The jobs: an import's five stages, once as its own thing and once as every night's work.

Document queries are a job of their own: nothing on an import's way waits for them.
"""

import dagster as dg

from pipelines.health_checks import HEALTH_CHECKS

STAGES = ("landed_files", "staged_patients", "matched_patients", "patients", "result_files")
"""Asset keys, in the order in which an import passes through them."""

# Standing checks are about all imports; none of them is to wait for those.
_IMPORT = dg.AssetSelection.assets(*STAGES) - dg.AssetSelection.checks(*HEALTH_CHECKS)

import_files = dg.define_asset_job(
    "import_files",
    selection=_IMPORT,
    description="Take files from the archive into the registry, and write their results.",
)

nightly_import = dg.define_asset_job(
    "nightly_import",
    selection=_IMPORT,
    description="The same for all files that waited for their account's midnight.",
)

query_documents = dg.define_asset_job(
    "query_documents",
    selection=dg.AssetSelection.assets("document_queries"),
    description="Ask for the documents of patients whom completed imports created or updated.",
    # dagster.yaml lets one such run through at a time.
    tags={"rosterline/documents": "true"},
)

jobs = [import_files, nightly_import, query_documents]
