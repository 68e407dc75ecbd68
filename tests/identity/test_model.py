import json

import pytest

from identity.comparisons import COMPARISONS
from identity.model import DEFAULT_PATH, ModelError, load_model, save_model

CONTENT = json.loads(DEFAULT_PATH.read_text(encoding="utf-8"))


def written(path, **changes):
    path.write_text(json.dumps(CONTENT | changes), encoding="utf-8")
    return path


def test_the_delivered_model_says_what_it_was_trained_on():
    provenance = load_model().provenance
    assert {"data", "trained_on", "versions", "records"} <= set(provenance)
    assert all("seed" in data for data in provenance["data"])


def test_a_saved_model_is_read_back_as_it_was(tmp_path):
    save_model(load_model(), tmp_path / "again.json")
    assert load_model(tmp_path / "again.json") == load_model()


def test_no_comparison_speaks_against_what_is_the_same():
    for comparison in COMPARISONS:
        odds = load_model().levels[comparison.name]
        best, worst = odds[comparison.levels[0].name], odds[comparison.levels[-1].name]
        assert best.m / best.u > worst.m / worst.u, comparison.name


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ModelError, match=r"model file gone\.json cannot be read: No such file"):
        load_model(tmp_path / "gone.json")


def test_a_broken_file_is_named(tmp_path):
    (tmp_path / "half.json").write_text('{"version": 1', encoding="utf-8")
    with pytest.raises(ModelError, match=r"half\.json is no JSON; train it again"):
        load_model(tmp_path / "half.json")


def test_a_file_of_another_version_is_refused(tmp_path):
    with pytest.raises(ModelError, match="it is of version 99, not 1"):
        load_model(written(tmp_path / "new.json", version=99))


def without(content, comparison):
    return {name: odds for name, odds in content.items() if name != comparison}


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"levels": without(CONTENT["levels"], "birth")}, "comparisons are not those"),
        ({"levels": CONTENT["levels"] | {"shoe size": {}}}, "comparisons are not those"),
        ({"thresholds": {"review": 9, "automatic": 1}}, "review threshold is above"),
        ({"thresholds": {"review": 9}}, "it lacks 'automatic'"),
        ({"duplicates": 0}, "0 is not above 0"),
        ({"levels": CONTENT["levels"] | {"gender": {"same": {"m": 2, "u": 1}}}}, "2 is no share"),
        ({"levels": []}, "train it again"),
        ({"frequencies": {}}, "it lacks 'first_name'"),
    ],
)
def test_a_file_with_a_fault_says_which(tmp_path, changes, complaint):
    with pytest.raises(ModelError, match=complaint):
        load_model(written(tmp_path / "faulty.json", **changes))


@pytest.mark.parametrize("text", ["[]", "null", "1", '"model"'])
def test_json_that_is_no_model_is_refused(tmp_path, text):
    (tmp_path / "other.json").write_text(text, encoding="utf-8")
    with pytest.raises(ModelError):
        load_model(tmp_path / "other.json")
