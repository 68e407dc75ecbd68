"""Model files: the weights of all levels, the thresholds, and where they come from.

A model file is JSON. Its `version` goes with the comparisons of this release: a file that lacks a
level or has one too many is refused, rather than scored with half of its weights.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from identity.comparisons import COMPARISONS
from schemas.errors import RosterlineError

MODEL_VERSION = 1
DEFAULT_PATH = Path(__file__).parent / "models" / "default.json"
"""The model that a new account uses; docs/matching.md says what it was trained on."""


class ModelError(RosterlineError):
    """A model file that cannot be used; the message says why and what to do."""

    code = "model"


@dataclass(frozen=True)
class Odds:
    """How often pairs of one person (`m`) and of two persons (`u`) are at a level."""

    m: float
    u: float


@dataclass(frozen=True)
class Model:
    """The numbers of the model; its structure is `identity.comparisons.COMPARISONS`."""

    duplicates: float
    """How many other records of the same person a record has, on average."""
    levels: Mapping[str, Mapping[str, Odds]]
    review: float
    """The match weight from which a person looks at a pair."""
    automatic: float
    """The match weight from which a new row may be linked at once, where an account allows it."""
    frequencies: Mapping[str, Mapping[str, float]]
    """How common names are among all people, by `first_name` and `last_name`."""
    provenance: Mapping[str, object]
    """Data, seed, date and versions of the training."""


def load_model(path: Path = DEFAULT_PATH) -> Model:
    """Read a model file.

    Raises:
        ModelError: there is no such file, it is no model, or is one of another version.
    """
    try:
        return read_model(path.read_bytes(), path.name)
    except OSError as error:
        raise ModelError(f"model file {path.name} cannot be read: {error.strerror}") from error


def read_model(content: bytes, name: str) -> Model:
    """The model in the bytes of a model file; `name` is that of the file, for errors.

    Raises:
        ModelError: it is no model, or is one of another version.
    """
    try:
        return _model(json.loads(content))
    except json.JSONDecodeError as error:
        raise ModelError(f"model file {name} is no JSON; train it again") from error
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ModelError(f"model file {name}: {_complaint(error)}; train it again") from error


def save_model(model: Model, path: Path) -> None:
    """Write a model file."""
    path.write_bytes(write_model(model))


def write_model(model: Model) -> bytes:
    """The bytes of a model file."""
    content = {
        "version": MODEL_VERSION,
        "provenance": dict(model.provenance),
        "duplicates": model.duplicates,
        "thresholds": {"review": model.review, "automatic": model.automatic},
        "levels": {
            comparison: {level: {"m": odds.m, "u": odds.u} for level, odds in levels.items()}
            for comparison, levels in model.levels.items()
        },
        "frequencies": {column: dict(names) for column, names in model.frequencies.items()},
    }
    return (json.dumps(content, indent=1, ensure_ascii=False) + "\n").encode()


def _complaint(error: Exception) -> str:
    return f"it lacks {error}" if isinstance(error, KeyError) else str(error)


def _model(content: Any) -> Model:  # noqa: ANN401 - JSON
    if content["version"] != MODEL_VERSION:
        raise ValueError(f"it is of version {content['version']}, not {MODEL_VERSION}")
    levels = {
        comparison: {name: Odds(_share(odds["m"]), _share(odds["u"])) for name, odds in own.items()}
        for comparison, own in content["levels"].items()
    }
    _check_levels(levels)
    thresholds = content["thresholds"]
    if thresholds["review"] > thresholds["automatic"]:
        raise ValueError("its review threshold is above the automatic one")
    return Model(
        duplicates=_positive(content["duplicates"]),
        levels=levels,
        review=float(thresholds["review"]),
        automatic=float(thresholds["automatic"]),
        frequencies={
            column: {name: _share(value) for name, value in content["frequencies"][column].items()}
            for column in ("first_name", "last_name")
        },
        provenance=content["provenance"],
    )


def _positive(number: object) -> float:
    if not isinstance(number, int | float) or not number > 0:
        raise ValueError(f"{number!r} is not above 0")
    return float(number)


def _share(number: object) -> float:
    """A number above 0 and at most 1."""
    if not isinstance(number, int | float) or not 0 < number <= 1:
        raise ValueError(f"{number!r} is no share")
    return float(number)


def _check_levels(levels: Mapping[str, Mapping[str, Odds]]) -> None:
    """Refuse a model of other comparisons than this release has."""
    expected = {each.name: {level.name for level in each.levels} for each in COMPARISONS}
    if {name: set(own) for name, own in levels.items()} != expected:
        raise ValueError("its comparisons are not those of this release")
