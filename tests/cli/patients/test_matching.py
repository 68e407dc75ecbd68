"""`rosterline matching`: the search from the command line, its queue, and its models."""

import json

import pytest

from identity.model import DEFAULT_PATH
from registry.accounts.accounts import get_account
from tests.assets.potential_duplicates.test_automatic_links import NEW, STORED
from tests.files import john, maria
from tests.gateway.portal.lookalikes import bring_lookalikes
from tests.nights import Clinic

HOME = {"phone": "212-555-0123", "street": "1 Main St", "city": "New York"}


@pytest.fixture
def imports(home, connection, tmp_path):
    """Maria under two spellings, by two imports; their partition keys."""
    clinic = Clinic(home, connection, tmp_path)
    first = clinic.send(0, maria(**HOME), john())
    second = clinic.send(
        1, maria(ehr="", mbi="1EG4-TE5-MK73", first="Mariah", last="Lopes", **HOME)
    )
    connection.commit()
    return [each.imported.partition_key for each in (first, second)]


@pytest.mark.slow
def test_what_was_not_searched_is_searched_once_and_an_import_again_when_it_is_named(
    rosterline, imports
):
    ran = rosterline("matching", "run", "--account", "clinic", "--json")
    assert ran.exit_code == 0, ran.stderr
    found = {each["key"]: each for each in json.loads(ran.stdout)}
    assert set(found) == set(imports)
    assert sum(each["reviews opened"] for each in found.values()) == 1
    assert json.loads(rosterline("matching", "run", "-a", "clinic", "--json").stdout) == []
    (again,) = json.loads(rosterline("matching", "run", imports[0], "--json").stdout)
    assert (again["searched"], again["reviews opened"], again["reviews scored again"]) == (2, 0, 1)

    (pair,) = json.loads(
        rosterline("review", "list", "-a", "clinic", "--by-score", "--json").stdout
    )
    assert pair["reason"] == "similar"
    assert pair["score"]["band"] == "very likely"
    evidence = {line["field"]: line["said"] for line in pair["score"]["evidence"]}
    assert evidence["phone"].startswith("phone ")
    assert evidence["phone"].endswith(": strong for")
    said = rosterline("review", "show", pair["younger"]["patient"]).stdout
    assert "very likely, score" in said
    assert evidence["phone"] in said


def test_the_list_is_narrowed_by_band_reason_import_and_age(rosterline, imports, connection):
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line, weight) SELECT gen_random_uuid(), gen_random_uuid(), import.account_id, 'similar',"
        " import.id, 1, 2, 9 FROM import WHERE partition_key = %s",
        (imports[1],),
    )
    connection.commit()

    def count(*options):
        ran = rosterline("review", "list", "-a", "clinic", "--json", *options)
        return len(json.loads(ran.stdout)) if ran.exit_code == 0 else ran.exit_code

    assert count("--band", "likely", "--reason", "similar", "--days", "2") == 1
    assert count("--by-score", "--import", imports[1]) == 1
    assert count("--import", imports[0]) == count("--band", "possible") == 0
    refused = rosterline("review", "list", "-a", "clinic", "--band", "sure")
    assert refused.exit_code == 1
    assert "very likely, likely, possible" in refused.stderr


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("arguments", [(), ("key", "--account", "clinic")])
def test_either_an_import_or_an_account_is_named(rosterline, arguments):
    ran = rosterline("matching", "run", *arguments)
    assert ran.exit_code == 1
    assert "either an import or" in ran.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("imports")
def test_a_sweep_finds_what_no_import_was_searched_for(rosterline):
    ran = rosterline("matching", "sweep", "--account", "clinic", "--json")
    assert ran.exit_code == 0, ran.stderr
    found = json.loads(ran.stdout)
    assert (found["patients"], found["reviews opened"], found["clusters of two"]) == (3, 1, 1)
    assert "reviews scored again" in rosterline("matching", "sweep", "-a", "clinic").stdout
    unknown = rosterline("matching", "sweep", "--account", "nobody")
    assert (unknown.exit_code, "no account 'nobody'" in unknown.stderr) == (1, True)


@pytest.mark.slow
def test_a_model_is_trained_tried_used_and_given_up(rosterline, home, connection, tmp_path):
    account = bring_lookalikes(home, connection, tmp_path, 300)
    connection.execute(
        "UPDATE review SET state = 'same', judged_at = now(), judged_by = 'rita'"
        " WHERE weight IS NOT NULL"
    )
    connection.commit()
    path = tmp_path / "own.json"
    ran = rosterline("matching", "train", "-a", "harbor", "-o", path, "--json")
    assert ran.exit_code == 0, ran.stderr
    trained = json.loads(ran.stdout)
    assert (trained["labels"], trained["file"]) == ("judged pairs", str(path))
    assert trained["in_use"]["same"] == trained["trained"]["same"] > 0
    before = json.loads(rosterline("matching", "model", "-a", "harbor", "--json").stdout)
    assert before["model"].startswith("1/default/")
    said = rosterline("matching", "model", "-a", "harbor", "--use", path).stdout
    assert "1/own/" in said
    assert "judged pairs" in said
    assert rosterline("matching", "model", "-a", "harbor", "--use", tmp_path).exit_code == 1
    again = json.loads(rosterline("matching", "model", "-a", "harbor", "--json").stdout)
    assert again["provenance"]["account"] == account.name
    assert "1/default/" in rosterline("matching", "model", "-a", "harbor", "--common").stdout


@pytest.mark.usefixtures("imports")
def test_a_model_that_cannot_be_trained_or_used_is_an_error_that_says_why(
    rosterline, tmp_path, home, connection
):
    ran = rosterline("matching", "train", "-a", "clinic", "-o", tmp_path / "own.json")
    assert ran.exit_code == 1
    assert "too little to learn from" in " ".join(ran.stderr.split())
    assert not (tmp_path / "own.json").exists()
    old = tmp_path / "old.json"
    old.write_text(DEFAULT_PATH.read_text().replace('"version": 1', '"version": 99'))
    for path, expected in ((old, "of version 99"), (tmp_path / "gone.json", "cannot be read")):
        ran = rosterline("matching", "model", "-a", "clinic", "--use", path)
        assert (ran.exit_code, expected in " ".join(ran.stderr.split())) == (1, True)
    assert rosterline("matching", "model", "-a", "clinic", "--use", old, "--common").exit_code == 1
    # A model of its own that was damaged: the account goes back to the common one.
    number = get_account(connection, "clinic").id
    home.models_dir.mkdir(parents=True, exist_ok=True)
    (home.models_dir / f"{number}.json").write_text("{}")
    assert rosterline("matching", "model", "-a", "clinic").exit_code == 1
    assert rosterline("matching", "model", "-a", "clinic", "--common").exit_code == 0


@pytest.mark.slow
def test_the_status_of_an_import_says_how_many_were_linked(rosterline, home, connection, tmp_path):
    clinic = Clinic(home, connection, tmp_path)
    clinic.send(0, STORED)
    connection.commit()
    assert rosterline("matching", "run", "-a", "clinic").exit_code == 0
    done = clinic.send(1, NEW, john())
    connection.commit()
    assert rosterline("account", "set", "clinic", "--link-above", "1").exit_code == 0
    status = ("status", done.imported.partition_key)
    assert json.loads(rosterline(*status, "--json").stdout)["linked"] == 0
    assert "linked" not in rosterline(*status).stdout
    assert rosterline("matching", "run", "-a", "clinic").exit_code == 0
    assert json.loads(rosterline(*status, "--json").stdout)["linked"] == 1
    said = rosterline(*status).stdout
    command = f"matching links {done.imported.partition_key[-10:]}"
    assert f"1 new patient linked to stored ones since: rosterline {command}" in said
    [link] = json.loads(rosterline(*command.split(), "--json").stdout)
    assert (link["line"], link["patient_id"]) == (2, str(done.patient(2)))
