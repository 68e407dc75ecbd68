"""Partitions, their freshness, and tags of runs. Claiming an import adds its partition.

A key is `<received date>_<account>_<10 hex digits of the import id>` and contains neither a file
name nor patient data. Keys match `[A-Za-z0-9._=-]{1,120}`, because Dagster's partition selection
mishandles commas and quotes.
"""

import warnings
from collections.abc import Mapping

import dagster as dg

from registry.ledger.silent_senders import EXPECTED_WITHIN, MISSED_AFTER

# Dagster would warn for each asset in each process that this parameter is in beta.
warnings.filterwarnings("ignore", "Parameter `backfill_policy`", dg.BetaWarning)

imports_partitions = dg.DynamicPartitionsDefinition(name="imports")

accounts_partitions = dg.DynamicPartitionsDefinition(name="accounts")
"""An account is a partition under its name; the weekly schedule adds the new ones."""

FRESHNESS = dg.FreshnessPolicy.time_window(warn_window=EXPECTED_WITHIN, fail_window=MISSED_AFTER)
"""How old the newest partition of any sender may become; a further attempt makes it fresh again.
The check `senders_keep_sending` looks at each sender by itself, and at the times of receipt."""

# Dagster's UI hides tags with this prefix; ours are of no use in the list of runs.
_HIDDEN = ".dagster/"

CLAIM_TAG = f"{_HIDDEN}rosterline-claim"
"""Tag of runs that sensors, schedules and the command line ask for, for imports that are due.

In such a run an import that is over is left alone; any other run (a backfill, a click on
Materialize or Re-execute) opens a further attempt over it.
"""

_PARENT_TAG = "dagster/parent_run_id"
_ROOT_TAG = "dagster/root_run_id"
_RETRY_TAG = "dagster/retry_number"

NO_RETRY = {"dagster/max_retries": "0"}
"""Tags of runs that Dagster cannot retry, because they are in the process of a command."""

CLAIMED = {CLAIM_TAG: "true"}
"""Tags of runs for imports that are due. Dagster retries one whose process crashed."""


def by_a_person(tags: Mapping[str, str]) -> bool:
    """Whether a person requested a run with these tags: no claim's run, or a re-executed one.

    A re-executed run has the tags of the first run and names it as parent, and so has one that
    Dagster retries because its process crashed. Only the latter has a number.
    """
    return CLAIM_TAG not in tags or (_PARENT_TAG in tags and _RETRY_TAG not in tags)


def retried_runs(tags: Mapping[str, str]) -> frozenset[str]:
    """The runs that a run with these tags is an automatic retry of; dagster.yaml allows two."""
    if _RETRY_TAG not in tags:
        return frozenset()
    return frozenset(tags[name] for name in (_PARENT_TAG, _ROOT_TAG) if name in tags)
