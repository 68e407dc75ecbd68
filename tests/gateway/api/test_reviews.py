"""The review queue over the API: pairs by score, with what speaks for and against them."""

from uuid import UUID

import pytest
from psycopg.types.json import Jsonb

from registry.accounts.accounts import add_account
from tests.gateway.api.conftest import HEADER
from tests.importing import process, put

REVIEW = "/medical/v1/review"
EVIDENCE = [
    {"field": "phone", "title": "phone", "level": "same", "words": "the same", "weight": 8.0}
]


@pytest.fixture
def add_pairs(connection):
    """Adds open pairs of an account with these weights."""

    def added(account, *weights):
        connection.cursor().executemany(
            "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id,"
            " attempt, line, weight, probability, evidence)"
            " VALUES (%s, %s, %s, 'similar', %s, 1, 2, %s, 0.5, %s)",
            [
                (UUID(int=100 + n), UUID(int=n), account.id, UUID(int=7), weight,
                 Jsonb(EVIDENCE if weight else None))
                for n, weight in enumerate(weights)
            ],
        )  # fmt: skip
        connection.commit()

    return added


def test_pairs_come_by_score_with_their_evidence_page_by_page(client, account, add_pairs):
    add_pairs(account, 9.0, None, 18.5)
    seen, path = [], f"{REVIEW}?count=2"
    while path:
        answer = client.get(path).json()
        seen += answer["pairs"]
        path = answer["meta"].get("nextPage")
    assert [UUID(each["older"]["patientId"]).int for each in seen] == [2, 0, 1]
    best, likely, unscored = (each.get("score") for each in seen)
    assert (best["weight"], best["band"], likely["band"]) == (18.5, "very likely", "likely")
    assert best["evidence"] == [
        {"field": "phone", "level": "same", "weight": 8.0, "said": "phone the same: strong for"}
    ]
    assert unscored is None


def test_pairs_of_another_account_do_not_exist(client, connection, add_pairs):
    add_pairs(add_account(connection, "other", "metriport"), 9.0)
    assert client.get(REVIEW).json()["pairs"] == []
    foreign = f"{REVIEW}/{UUID(int=100)}/{UUID(int=0)}"
    assert client.get(foreign).status_code == 404
    for act in ("same", "different", "ask-again", "split"):
        assert client.post(f"{foreign}/{act}", json={"by": "rita"}).status_code == 404


@pytest.mark.parametrize("mark", ["x", f"{UUID(int=1)}", "-" * 36 + "_" + "-" * 36])
def test_a_place_that_no_page_named_is_refused(client, mark):
    assert client.get(REVIEW, params={"fromItem": mark}).status_code == 404


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"band": "likely"}, [0]),
        ({"reason": "same_name_and_birth"}, []),
        ({"importId": str(UUID(int=7))}, [2, 0, 1]),
        ({"foundFrom": "2999-01-01T00:00:00Z"}, []),
        ({"state": "judged"}, []),
    ],
    ids=str,
)
def test_a_list_is_narrowed(client, account, add_pairs, asked, numbers):
    add_pairs(account, 9.0, None, 18.5)
    found = client.get(REVIEW, params=asked).json()["pairs"]
    assert [UUID(each["older"]["patientId"]).int for each in found] == numbers


def test_the_next_page_keeps_the_filters(client, account, add_pairs):
    add_pairs(account, 18.5, 20.0, 9.0)
    first = client.get(REVIEW, params={"band": "very likely", "count": 1}).json()
    second = client.get(first["meta"]["nextPage"]).json()
    numbers = [UUID(page["pairs"][0]["older"]["patientId"]).int for page in (first, second)]
    assert numbers == [1, 0]
    assert "nextPage" not in second["meta"]


@pytest.fixture
def twins(api, connection, account, client, tmp_path):
    """Ada at two addresses, in one file: the address of the pair."""
    rows = [f"Ada,Sample,1980-02-01,F,{n} Main St,Boston,MA,0210{n}" for n in (1, 2)]
    content = HEADER + "\n".join(rows) + "\n"
    process(api, connection, put(api, connection, account, content, folder=tmp_path))
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line) SELECT max(id::text)::uuid, min(id::text)::uuid, account_id, 'similar',"
        " gen_random_uuid(), 1, 2 FROM patient GROUP BY account_id ON CONFLICT DO NOTHING"
    )
    connection.commit()
    [pair] = client.get(REVIEW).json()["pairs"]
    return f"{REVIEW}/{pair['older']['patientId']}/{pair['younger']['patientId']}"


def test_a_pair_is_merged_split_and_asked_again(client, twins):
    merged = client.post(f"{twins}/same", json={"by": "rita"}).json()
    assert (merged["state"], merged["judgedBy"]) == ("same", "rita (API)")
    assert not merged["younger"]["inRegistry"]
    old_id = merged["younger"]["patientId"]
    patient = client.get(f"/medical/v1/patient/{old_id}").json()
    assert patient["id"] == merged["older"]["patientId"]
    assert client.post(f"{twins}/split", json={"by": "rita"}).json()["state"] == "different"
    assert client.post(f"{twins}/ask-again", json={"by": "rita"}).json()["state"] == "open"
    assert client.get(twins).json()["state"] == "open"


def test_two_are_kept_apart_with_a_reason_and_decided_once(client, twins):
    kept = client.post(f"{twins}/different", json={"by": "rita", "why": "twins"}).json()
    assert (kept["state"], kept["whyDifferent"]) == ("different", "twins")
    answer = client.post(f"{twins}/same", json={"by": "ada"})
    assert answer.status_code == 409
    assert "judged 'different' already, by rita (API)" in answer.json()["detail"]
    [judged] = client.get(REVIEW, params={"state": "judged"}).json()["pairs"]
    assert judged["whyDifferent"] == "twins"


@pytest.mark.parametrize(
    "body", [{}, {"by": ""}, {"by": "rita", "why": "strangers"}, {"by": "x\ny"}], ids=str
)
def test_a_decision_without_a_name_or_with_an_unknown_reason_is_malformed(client, twins, body):
    assert client.post(f"{twins}/different", json=body).status_code == 400
    assert client.get(twins).json()["state"] == "open"


def logged(connection):
    """What the activity log has about decisions: by whom, at which door, and what."""
    return connection.execute(
        "SELECT user_name, door, detail, address IS NOT NULL FROM access_event"
        " WHERE action = 'review' ORDER BY id"
    ).fetchall()


def test_decisions_are_in_the_activity_log_with_the_name_of_the_key(client, connection, twins):
    one, other = twins.split("/")[-2:]
    for act in ("same", "split", "ask-again"):
        client.post(f"{twins}/{act}", json={"by": "rita"})
    client.post(f"{twins}/different", json={"by": "ada", "why": "twins"})
    client.post(f"{twins}/same", json={"by": "rita"})  # refused: nothing was decided
    key = connection.execute("SELECT name FROM api_key").fetchone()[0]
    assert logged(connection) == [
        (f"rita (API key {key})", "api", f"same {one} {other}", True),
        (f"rita (API key {key})", "api", f"split {one} {other}", True),
        (f"rita (API key {key})", "api", f"ask-again {one} {other}", True),
        (f"ada (API key {key})", "api", f"different {one} {other}", True),
    ]


def test_a_decision_about_a_pair_is_undone(client, twins):
    client.post(f"{twins}/same", json={"by": "rita"})
    [pair] = client.post(f"{twins}/undo", json={"by": "rita"}).json()["pairs"]
    assert pair["state"] == "open"
    assert client.get(twins).json()["younger"]["inRegistry"]
    assert client.post(f"{twins}/undo", json={"by": "rita"}).status_code == 409


@pytest.fixture
def people(api, connection, account, tmp_path):
    """Five patients whom nothing connects, the oldest first."""
    names = ("Ada", "Berta", "Carla", "Dora", "Edda")
    rows = [f"{name},Sample{n},198{n}-02-01,F,{n} Main St,Boston,MA,0210{n}"
            for n, name in enumerate(names, 1)]  # fmt: skip
    content = HEADER + "\n".join(rows) + "\n"
    process(api, connection, put(api, connection, account, content, folder=tmp_path))
    connection.commit()
    return [str(each) for (each,) in connection.execute("SELECT id FROM patient ORDER BY id")]


def test_two_patients_of_ones_choice_are_asked_about(client, connection, people):
    asked = {"by": "rita", "patientId": people[0], "otherPatientId": people[1]}
    pair = client.post(REVIEW, json=asked).json()
    assert (pair["state"], pair["reason"]) == ("open", "asked_by_person")
    assert (pair["older"]["patientId"], pair["younger"]["patientId"]) == (people[0], people[1])
    assert [detail for *_, detail, _ in logged(connection)] == [f"ask {people[0]} {people[1]}"]
    assert client.post(REVIEW, json=asked | {"otherPatientId": people[0]}).status_code == 409
    unknown = client.post(REVIEW, json=asked | {"otherPatientId": str(UUID(int=5))})
    assert unknown.status_code == 404


@pytest.fixture
def cluster(client, people):
    """Pairs of the first with the second, and of the second with the third."""
    for one, other in ((0, 1), (1, 2)):
        asked = {"by": "rita", "patientId": people[one], "otherPatientId": people[other]}
        assert client.post(REVIEW, json=asked).status_code == 200
    return people[:3]


def test_several_records_are_one_task_merged_and_undone_at_once(client, connection, cluster):
    a, b, c = cluster
    [task] = client.get(REVIEW).json()["pairs"]
    assert task["cluster"] == cluster
    found = client.get(f"{REVIEW}/cluster/{c}").json()
    assert (found["patientIds"], len(found["pairs"])) == (cluster, 2)
    judged = {"by": "rita", "same": [c, a], "others": [b]}
    [pair] = client.post(f"{REVIEW}/cluster/same", json=judged).json()["pairs"]
    assert (pair["state"], pair["judgedBy"]) == ("same", "rita (API)")
    assert logged(connection)[-1][2] == f"same {c} {a}; different {b}"
    assert client.get(REVIEW).json()["pairs"] == []
    taken_back = client.post(
        f"{REVIEW}/cluster/{a}/undo", json={"by": "rita", "at": pair["judgedAt"]}
    ).json()["pairs"]
    assert {each["state"] for each in taken_back} == {"open"}
    assert client.get(REVIEW).json()["pairs"] == [task]
    gone = client.post(f"{REVIEW}/cluster/{a}/undo", json={"by": "rita"})
    assert (gone.status_code, gone.json()["name"]) == (404, "NotFoundError")
    assert "cluster" not in client.get(f"{REVIEW}/{a}/{b}").json()


def test_records_are_kept_apart_with_a_reason(client, cluster):
    body = {"by": "rita", "patients": cluster, "why": "relatives"}
    pairs = client.post(f"{REVIEW}/cluster/different", json=body).json()["pairs"]
    assert [(each["state"], each["whyDifferent"]) for each in pairs] == [
        ("different", "relatives")
    ] * 2
    assert client.post(f"{REVIEW}/cluster/different", json=body).status_code == 409
    refused = client.post(f"{REVIEW}/cluster/same", json={"by": "rita", "same": cluster})
    assert refused.status_code == 409
    assert "were judged different" in refused.json()["detail"]


@pytest.mark.parametrize("body", [{"by": "rita"}, {"by": "rita", "same": ["x"]}, {"same": []}])
def test_a_malformed_decision_about_a_cluster_changes_nothing(client, cluster, body):
    assert client.post(f"{REVIEW}/cluster/same", json=body).status_code == 400
    too_few = client.post(f"{REVIEW}/cluster/same", json={"by": "rita", "same": cluster[:1]})
    assert too_few.status_code == 409
    assert len(client.get(f"{REVIEW}/cluster/{cluster[0]}").json()["pairs"]) == 2


def test_clusters_of_another_account_do_not_exist(client, connection, add_pairs):
    add_pairs(add_account(connection, "other", "metriport"), 9.0)
    foreign = UUID(int=100)
    assert client.get(f"{REVIEW}/cluster/{foreign}").status_code == 404
    undo = client.post(f"{REVIEW}/cluster/{foreign}/undo", json={"by": "rita"})
    assert undo.status_code == 404
    both = [str(foreign), str(UUID(int=0))]
    for act, body in (("same", {"same": both}), ("different", {"patients": both})):
        answer = client.post(f"{REVIEW}/cluster/{act}", json={"by": "rita"} | body)
        assert answer.status_code in (404, 409)
    assert connection.execute("SELECT DISTINCT state FROM review").fetchall() == [("open",)]


class TestManyAtOnce:
    """All pairs from a score, after a sample was judged, and how good the scores were."""

    PAIRS = 25

    @pytest.fixture
    def many(self, api, connection, account, tmp_path):
        """25 people at two addresses, each pair with a score of 18."""
        rows = [
            f"Ada,Sample{n},1980-02-01,F,{at} Main St,Boston,MA,0210{at}"
            for at in (1, 2)
            for n in range(self.PAIRS)
        ]
        content = HEADER + "\n".join(rows) + "\n"
        process(api, connection, put(api, connection, account, content, folder=tmp_path))
        connection.execute(
            "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id,"
            " attempt, line) SELECT max(id::text)::uuid, min(id::text)::uuid, account_id,"
            " 'similar', gen_random_uuid(), 1, 2 FROM patient GROUP BY account_id, last_name"
            " ON CONFLICT DO NOTHING"
        )
        connection.execute("UPDATE review SET weight = 18, probability = 1, evidence = '[]'")
        connection.commit()

    @pytest.mark.usefixtures("many")
    def test_a_sample_is_judged_and_the_rest_merged(self, client, connection):
        drawn = {"by": "rita", "fromScore": 15, "sampleSize": 20}
        bulk = client.post(f"{REVIEW}/bulk", json=drawn).json()
        assert (bulk["rest"], bulk["sampleOpen"], bulk["state"]) == (5, 20, "open")
        path = f"{REVIEW}/bulk/{bulk['id']}"
        assert client.post(f"{path}/merge", json={"by": "rita"}).status_code == 409
        sample = client.get(REVIEW, params={"bulkMergeId": bulk["id"]}).json()["pairs"]
        assert len(sample) == 20
        for pair in sample:
            ids = (pair["younger"]["patientId"], pair["older"]["patientId"])
            client.post(f"{REVIEW}/{ids[0]}/{ids[1]}/same", json={"by": "rita"})
        assert "refusal" not in client.get(path).json()
        merged = client.post(f"{path}/merge", json={"by": "rita"}).json()
        assert (merged["merged"], merged["left"], merged["state"]) == (5, 0, "finished")
        assert client.get(f"{REVIEW}/bulk").json()["bulkMerges"] == [merged]
        assert client.post(f"{path}/cancel", json={"by": "rita"}).status_code == 409
        said = [detail for *_, detail, _ in logged(connection) if "bulk" in detail]
        assert said == [f"bulk merge {bulk['id']} from 15",
                        f"bulk merge {bulk['id']}: 5 pairs the same"]  # fmt: skip

    @pytest.mark.usefixtures("many")
    def test_the_scores_of_what_people_judged_come_with_the_thresholds(
        self, client, connection, account
    ):
        pair = client.get(REVIEW, params={"count": 1}).json()["pairs"][0]
        ids = (pair["younger"]["patientId"], pair["older"]["patientId"])
        client.post(f"{REVIEW}/{ids[0]}/{ids[1]}/same", json={"by": "rita"})
        before = client.get(f"{REVIEW}/scores").json()
        assert before["thresholds"] == {"bands": {"very likely": 15.0, "likely": 8.0}}
        connection.execute(
            "INSERT INTO scoring_model VALUES (%s, '1/x/', 4, 20, now())", (account.id,)
        )
        connection.commit()
        found = client.get(f"{REVIEW}/scores").json()
        assert (found["thresholds"]["review"], found["thresholds"]["automatic"]) == (4, 20)
        [judged] = [each for each in found["ranges"] if each["judged"]]
        assert (judged["fromScore"], judged["belowScore"], judged["precision"]) == (18, 21, 1)

    def test_what_cannot_be_drawn_is_refused(self, client):
        few = client.post(f"{REVIEW}/bulk", json={"by": "rita", "fromScore": 15})
        assert (few.status_code, "one by one" in few.json()["detail"]) == (409, True)
        for body in ({"fromScore": 15, "sampleSize": 7}, {"fromScore": "x"}, {"fromScore": 1e9}):
            assert client.post(f"{REVIEW}/bulk", json={"by": "rita"} | body).status_code == 400
        for path in (f"bulk/{UUID(int=3)}", "bulk/x"):
            assert client.get(f"{REVIEW}/{path}").status_code in (400, 404)
