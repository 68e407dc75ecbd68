"""A model trained on an account's own registry, and tried beside the one in use."""

import json
from datetime import UTC, datetime

import pytest

from assets.potential_duplicates.model_file import (
    common_model,
    load_account_model,
    use_common_model,
    use_model,
)
from assets.potential_duplicates.training import LEAST_PAIRS, train_account
from identity.model import ModelError, load_model, save_model
from registry.accounts.accounts import add_account
from schemas.errors import NotAllowed
from tests.gateway.portal.lookalikes import bring_lookalikes

NOW = datetime(2026, 11, 27, 9, 30, tzinfo=UTC)
PEOPLE = 320


@pytest.fixture
def harbor(database, connection, tmp_path):
    """An account with 320 people, each there twice, and a pair in the queue for nearly all."""
    return bring_lookalikes(database, connection, tmp_path, PEOPLE)


@pytest.fixture
def judge(connection, harbor):
    """Judges all open pairs the same, but the lowest, as people would over some mornings."""

    def judged(different=5):
        connection.execute(
            "UPDATE review SET state = CASE WHEN place <= %s THEN 'different' ELSE 'same' END,"
            " judged_at = now(), judged_by = 'rita' FROM (SELECT patient_id, other_patient_id,"
            " row_number() OVER (ORDER BY weight) AS place FROM review WHERE account_id = %s) AS l"
            " WHERE review.patient_id = l.patient_id"
            " AND review.other_patient_id = l.other_patient_id",
            (different, harbor.id),
        )
        connection.commit()

    return judged


@pytest.mark.slow
def test_judged_pairs_teach_a_model_that_is_tried_on_others(
    database, connection, harbor, judge, tmp_path
):
    judge()
    trained = train_account(connection, database, harbor, NOW)
    assert trained.labels == "judged pairs"
    assert trained.pairs >= LEAST_PAIRS
    judged = connection.execute("SELECT count(*) FROM review WHERE weight IS NOT NULL").fetchone()[
        0
    ]
    for tried in (trained.in_use, trained.trained):
        assert 0 < tried.same + tried.different < judged / 3, "a fifth, none of it learned from"
        assert tried.same_asked <= tried.same
    assert trained.left_out == 0
    in_use = load_account_model(database, harbor.id)[0]
    assert trained.model.levels["first_name"] != in_use.levels["first_name"]
    assert trained.model.automatic >= in_use.automatic
    again = train_account(connection, database, harbor, NOW)
    assert again.model == trained.model

    path = tmp_path / "own.json"
    save_model(trained.model, path)
    assert load_model(path) == trained.model
    provenance = trained.model.provenance
    assert (provenance["account"], provenance["trained_on"]) == (
        "harbor", "2026-11-27T09:30:00+00:00",
    )  # fmt: skip
    assert {"splink", "duckdb", "rosterline"} <= set(provenance["versions"])


@pytest.mark.slow
def test_no_value_of_a_patient_is_in_the_file(database, connection, harbor, judge, tmp_path):
    judge()
    path = tmp_path / "own.json"
    save_model(train_account(connection, database, harbor, NOW).model, path)
    content = json.loads(path.read_text())
    assert content.pop("frequencies") == common_model()[0].frequencies, "no name of this account"
    left = json.dumps(content).lower()
    columns = ("first_name", "last_name", "birth_date::text", "id::text")
    for column in columns:
        rows = connection.execute(f"SELECT DISTINCT {column} FROM patient WHERE {column} <> ''")
        assert [value for (value,) in rows if f'"{value.lower()}"' in left] == []


@pytest.mark.slow
def test_an_account_uses_the_model_until_it_goes_back_to_the_common_one(
    database, connection, harbor, judge, tmp_path
):
    judge()
    path = tmp_path / "own.json"
    trained = train_account(connection, database, harbor, NOW).model
    save_model(trained, path)
    common = load_account_model(database, harbor.id)
    broken = tmp_path / "broken.json"
    broken.write_text("{}")
    with pytest.raises(ModelError, match="model file broken"):
        use_model(database, harbor.id, broken)
    assert load_account_model(database, harbor.id) == common, "what is refused changes nothing"
    use_model(database, harbor.id, path)
    model, scoring = load_account_model(database, harbor.id)
    assert model == trained
    assert scoring.name == "1/own/2026-11-27T09:30:00+00:00"
    other = add_account(connection, "other", "thoroughcare")
    assert load_account_model(database, other.id) == common
    again = train_account(connection, database, harbor, NOW)
    assert again.model == trained, "it starts from the common model, not from itself"
    assert again.in_use == again.trained
    use_common_model(database, harbor.id)
    use_common_model(database, harbor.id)
    assert load_account_model(database, harbor.id) == common


@pytest.mark.slow
def test_numbers_in_common_teach_where_nobody_judged_much(database, connection, harbor):
    trained = train_account(connection, database, harbor, NOW)
    assert trained.labels == "numbers in common", "the two of a pair have an e-mail in common"
    assert trained.pairs >= LEAST_PAIRS
    common = common_model()[0]
    assert trained.model.levels["email"] == common.levels["email"]
    assert trained.model.levels["first_name"] != common.levels["first_name"]
    assert trained.in_use.same == 0, "nobody judged anything"


@pytest.mark.slow
def test_too_few_pairs_teach_nothing(database, connection, tmp_path):
    small = bring_lookalikes(database, connection, tmp_path, 20)
    with pytest.raises(NotAllowed, match=r"0 pairs were judged the same, and \d+ pairs .* 200"):
        train_account(connection, database, small, NOW)


def test_an_account_without_patients_has_nothing_to_learn_from(database, connection):
    empty = add_account(connection, "empty", "thoroughcare")
    connection.commit()
    with pytest.raises(NotAllowed, match="no patients to learn from"):
        train_account(connection, database, empty, NOW)
