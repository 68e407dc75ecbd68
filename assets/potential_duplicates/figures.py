"""Figures of a search as metadata: counts and seconds, no value of a patient."""

from collections import Counter
from collections.abc import Mapping

import duckdb

from assets.potential_duplicates.matching_copy import CopyUpdate
from assets.potential_duplicates.score import Comparisons
from assets.stage_runs import Figures
from registry.decisions.score_bands import BANDS, band_of
from registry.decisions.similar_pairs import QueueChanges


def of_copy(update: CopyUpdate) -> Figures:
    """How the matching copy came up to date."""
    return {
        "patients": update.patients,
        "patients copied": update.copied,
        "copy made again": int(update.made_again),
        "missing in copy": abs(update.missing),
    }


def of_pairs(duck: duckdb.DuckDBPyConnection, compared: Comparisons) -> Figures:
    """What was compared, and the pairs of `found_pair` by band."""
    weights = duck.execute("SELECT weight FROM found_pair WHERE is_similar").fetchall()
    bands = Counter(band_of(weight) for (weight,) in weights)
    return {
        "candidates": compared.candidates,
        "vetoed": compared.vetoed.total(),
        "keys too common": compared.common_keys.total(),
        **_table("keys too common by rule", compared.common_keys),
        **_table("vetoes", compared.vetoed),
        **{f"pairs {band}": bands[band] for band in BANDS},
    }


def of_queue(changes: QueueChanges) -> Figures:
    """What became of the pairs in the queue."""
    return {
        "reviews opened": changes.opened,
        "reviews scored again": changes.scored_again,
        "pairs judged before": changes.judged_before,
        "pairs missing": changes.missing,
    }


def _table(name: str, counts: Mapping[str, int]) -> dict[str, str]:
    """Counts by name, as a table of Markdown; nothing if there is none."""
    if not counts:
        return {}
    rows = "\n".join(f"| {each} | {count:,} |" for each, count in sorted(counts.items()))
    return {name: f"| {name} | |\n| --- | ---: |\n{rows}"}
