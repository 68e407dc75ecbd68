"""The jobs: the five stages of an import, on arrival or at night, and what follows them.

Document queries and the searches for near-duplicates are separate jobs, because no import waits for
them.
"""

import dagster as dg

STAGES = ("landed_files", "staged_patients", "matched_patients", "patients", "result_files")
"""Asset keys, in the order in which an import passes through them."""

# The assets of imports report the verdicts of their checks themselves. A check that is selected as
# well would be shown as failed for each import that did not get as far.
_IMPORT = dg.AssetSelection.assets(*STAGES).without_checks()

# In a full queue, files go before what follows them: one that arrives behind the searches of fifty
# accounts does not wait for these.
AFTER_IMPORTS = {"dagster/priority": "-1"}

# A run takes up only what is not over, so a retry need not know which steps were done.
_RETRIED_WHOLE = {"dagster/retry_strategy": "ALL_STEPS"}

import_files = dg.define_asset_job(
    "import_files",
    selection=_IMPORT,
    description="Take files through the five stages: from the archive into the registry, and "
    "to their results. A person who launches it gives each of the chosen partitions a further "
    "attempt.",
    tags=_RETRIED_WHOLE,
)

CHECK_FILES = "check_files"
"""The job of checks (`pipelines/checks.py`); no asset, because a check imports nothing."""

nightly_import = dg.define_asset_job(
    "nightly_import",
    selection=_IMPORT,
    description="The same as import_files, for files that waited for their account's midnight.",
    tags=_RETRIED_WHOLE,
)

query_documents = dg.define_asset_job(
    "query_documents",
    selection=dg.AssetSelection.assets("document_queries").without_checks(),
    description="Query the documents of patients that completed imports created or updated.",
    # dagster.yaml lets one run with this tag start at a time.
    tags=AFTER_IMPORTS | {"rosterline/documents": "true"},
)

find_potential_duplicates = dg.define_asset_job(
    "find_potential_duplicates",
    selection=dg.AssetSelection.assets("potential_duplicates").without_checks(),
    description="Search the account's registry for near-duplicates of the patients that completed "
    "imports created or changed.",
    # dagster.yaml lets one run with this tag start at a time.
    tags=AFTER_IMPORTS | {"rosterline/duplicates": "true"},
)

sweep_registry = dg.define_asset_job(
    "sweep_registry",
    selection=dg.AssetSelection.assets("duplicate_clusters"),
    description="Search an account's whole registry for near-duplicates.",
    # dagster.yaml lets one run with this tag start at a time.
    tags=AFTER_IMPORTS | {"rosterline/sweep": "true"},
)

jobs = [import_files, nightly_import, query_documents, find_potential_duplicates, sweep_registry]
