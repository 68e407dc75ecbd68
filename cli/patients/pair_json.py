"""A pair of the review queue as scripts read it."""

from typing import Any

from registry.decisions.patient_summaries import PatientSummary
from registry.decisions.review_queue import Pair


def pair_as_json(pair: Pair) -> dict[str, Any]:
    """The pair with its score and evidence; `score` is None without one."""
    return {
        "state": pair.state,
        "reason": pair.reason,
        "score": _score(pair),
        "older": side_as_json(pair.older),
        "younger": side_as_json(pair.younger),
        "import": pair.import_id,
        "file_name": pair.file_name,
        "line": pair.line,
        "found_at": pair.created_at,
        "judged_at": pair.judged_at,
        "judged_by": pair.judged_by,
        "why_different": pair.why_different,
    }


def _score(pair: Pair) -> dict[str, Any] | None:
    if pair.weight is None:
        return None
    return {
        "weight": pair.weight,
        "probability": pair.probability,
        "band": pair.band,
        "model": pair.model,
        "evidence": [
            {"field": line.field, "level": line.level, "weight": line.weight, "said": line.sentence}
            for line in pair.evidence
        ],
    }


def side_as_json(side: PatientSummary) -> dict[str, Any]:
    """A patient of a pair as scripts read them."""
    return {
        "patient": side.id,
        "in_registry": side.is_there,
        "name": side.name,
        "birth": side.birth,
        "gender": side.gender,
        "identifiers": dict(side.identifiers),
    }
