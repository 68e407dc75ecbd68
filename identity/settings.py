"""The model as settings of Splink."""

from collections.abc import Callable, Mapping

from identity.comparisons import COMPARISONS, ELSE, Comparison, Level
from identity.model import Model, Odds

PATIENT = "patient_id"
HIGHEST_PRIOR = 0.5


Translate = Callable[[str], str]
"""A condition in the SQL of DuckDB → the same in another one."""


def splink_settings(
    model: Model | None, patients: int, translate: Translate = str
) -> dict[str, object]:
    """Settings for pairs of one table; without a model they only tell levels apart.

    Of more patients more have the same name and birth date by chance, so a pair of a registry of a
    million needs more evidence than a pair of a thousand: `patients` is the size of the registry.
    """
    settings: dict[str, object] = {
        "link_type": "dedupe_only",
        "unique_id_column_name": PATIENT,
        "blocking_rules_to_generate_predictions": [],  # pairs are found by identity/keys.py
        "comparisons": [_comparison(each, model, translate) for each in COMPARISONS],
        # The level, the weight and the columns of each comparison, for evidence and vetoes.
        "retain_matching_columns": True,
        "retain_intermediate_calculation_columns": True,
    }
    if model is not None:
        share = model.duplicates / max(patients - 1, 1)
        settings["probability_two_random_records_match"] = min(share, HIGHEST_PRIOR)
    return settings


def _comparison(
    comparison: Comparison, model: Model | None, translate: Translate
) -> dict[str, object]:
    odds = model.levels[comparison.name] if model else {}
    missing = {
        "sql_condition": translate(comparison.missing),
        "label_for_charts": "missing",
        "is_null_level": True,
    }
    return {
        "output_column_name": comparison.name,
        "comparison_levels": [
            missing,
            *(_level(level, odds, translate) for level in comparison.levels),
        ],
    }


def _level(level: Level, odds: Mapping[str, Odds], translate: Translate) -> dict[str, object]:
    settings: dict[str, object] = {
        "sql_condition": level.sql if level.sql == ELSE else translate(level.sql),
        "label_for_charts": level.words,
    }
    if level.rarity:
        settings["tf_adjustment_column"] = level.rarity
        settings["disable_tf_exact_match_detection"] = True
    if level.name in odds:
        settings["m_probability"] = odds[level.name].m
        settings["u_probability"] = odds[level.name].u
    return settings
