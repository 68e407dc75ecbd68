"""The model of an account: its own, if it has one, otherwise the common one.

    models/<account number>.json     in the store: the account's own, in use while it is there

`rosterline matching train` makes one; `rosterline matching model` uses it, or the common one again.
"""

from contextlib import suppress
from pathlib import Path

from identity.model import DEFAULT_PATH, MODEL_VERSION, Model, load_model, read_model, write_model
from registry.decisions.similar_pairs import ScoringModel
from registry.settings import Settings
from registry.store import store_of


def own_model_key(account_id: int) -> str:
    """The key under which the store holds the account's own model, if it has one."""
    return f"models/{account_id}.json"


def load_account_model(settings: Settings, account_id: int) -> tuple[Model, ScoringModel]:
    """The account's model, and how the registry knows it.

    Raises:
        ModelError: the account's own file is no model, or is one of another version.
        OSError: the store does not answer.
    """
    with suppress(FileNotFoundError):
        own = store_of(settings).read(own_model_key(account_id))
        model = read_model(own, f"{account_id}.json")
        return model, _known_as(model, "own")
    return common_model()


def common_model() -> tuple[Model, ScoringModel]:
    """The model of accounts that have none of their own."""
    model = load_model()
    return model, _known_as(model, DEFAULT_PATH.stem)


def use_model(settings: Settings, account_id: int, path: Path) -> Model:
    """Make a model file the account's own; the next search scores with it.

    Raises:
        ModelError: the file is no model, or is one of another version; nothing is changed.
    """
    model = load_model(path)
    store_of(settings).put(own_model_key(account_id), write_model(model))
    return model


def use_common_model(settings: Settings, account_id: int) -> None:
    """Let the account go back to the common model, also from one that cannot be read."""
    store_of(settings).delete(own_model_key(account_id))


def _known_as(model: Model, name: str) -> ScoringModel:
    trained = model.provenance.get("trained_on", "")
    return ScoringModel(f"{MODEL_VERSION}/{name}/{trained}", model.review, model.automatic)
