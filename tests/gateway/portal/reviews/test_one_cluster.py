"""Several records that may be one person: one task, one page, one decision."""

import re
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from tests.gateway.portal.conftest import with_users
from tests.gateway.portal.rosters import text_of
from tests.importing import process, put

RECORDS = "".join(
    f"C-{n},Dana,Sample,1961,f,{mail},,{team},Acme\n"
    for n, mail, team in (
        (1, "dana@example.com", "abc-1"),
        (2, "dana@example.com", "abc-2"),
        (3, "d.sample@example.com", ""),
    )
)
"""The same name under three ids: three pairs."""


@pytest.fixture
def records(clinic, connection, portal, tmp_path):
    """The ids of the three, the oldest first."""
    done = process(portal, connection, put(portal, connection, clinic, RECORDS, folder=tmp_path))
    first, second, third = sorted(done.patient(line) for line in (1, 2, 3))
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line) VALUES (%s, %s, %s, 'similar', %s, 1, 3)",
        (third, second, clinic.id, done.imported.id),
    )
    connection.commit()
    return [first, second, third]


@pytest.fixture
def rita(browse, records):  # noqa: ARG001 - the records are there
    return browse("reviewer@clinic.test")


@pytest.fixture
def judge(rita, records):
    """Sends the form of the cluster's page as a browser would."""

    def sent(decision, *marked, others=True, why=None):
        path = f"/review/cluster/{records[0]}"
        return rita.post(
            f"{path}/{decision}",
            on=path,
            shown=[str(each) for each in records],
            record=[str(each) for each in marked],
            **({"others": "different"} if others else {}),
            **({"why": why} if why else {}),
        )

    return sent


def states(connection):
    return sorted(state for (state,) in connection.execute("SELECT state FROM review"))


def test_the_queue_has_one_task_that_leads_to_all_records(rita, records):
    said = text_of(rita.get("/review"))
    assert said.count("Dana Sample") == 2, "one row of two patients"
    assert "3 records may be one person" in said
    start = re.search(r'class="button primary" href="([^"]+)"', rita.page.text)[1]
    said = text_of(rita.get(start))
    assert "Are these 3 records one person?" in said
    assert "3 open pairs connect them" in said
    assert "Record 1, the oldest" in said
    assert rita.page.text.count('name="record"') == 3
    assert [said.count(f"C-{n}") for n in (1, 2, 3)] == [1, 1, 1]
    assert all(f"/patients/{each}" in rita.page.text for each in records)


def test_what_only_one_record_has_is_marked(rita, records):
    page = rita.get(f"/review/cluster/{records[0]}").text
    assert re.search(r'<p class="side-value">dana@example.com', page)
    assert re.search(r'<p class="side-value unlike">d.sample@example.com', page)
    assert re.search(r'is-same">\s*<th scope="row">Born', page)


def test_all_are_merged_at_once_and_it_is_undone_at_once(rita, records, judge, connection):
    said = text_of(judge("same", *records))
    assert "Merged: 3 records of Dana Sample are one patient now." in said
    assert rita.path == "/review"
    assert states(connection) == ["moved", "same", "same"]
    token = re.search(r'name="at" value="([^"]+)"', rita.page.text)[1]
    undo = re.search(r'action="(/review/cluster/[^"]+/undo)"', rita.page.text)[1]
    rita.post(undo, at=token)
    assert rita.path.startswith("/review/cluster/")
    assert "Are these 3 records one person?" in text_of(rita.page)
    assert states(connection) == ["open"] * 3
    logged = connection.execute(
        "SELECT detail, user_name FROM access_event WHERE action = 'review' ORDER BY id"
    ).fetchall()
    assert logged[0] == (f"same {' '.join(map(str, records))}", "reviewer@clinic.test")
    assert logged[1][0].startswith("undo of 2 pairs of ")
    again = rita.post(undo, at=token)
    assert again.status_code == 404, "there is nothing to take back any more"


def test_who_is_not_marked_is_somebody_else_or_stays_a_question(records, judge, rita, connection):
    said = text_of(judge("same", *records[:2]))
    assert "Merged: 2 records of Dana Sample are one patient now, and 1 pair is different" in said
    assert states(connection) == ["different", "moved", "same"]
    undo = re.search(r'action="(/review/cluster/[^"]+/undo)"', rita.page.text)[1]
    rita.post(undo, at=re.search(r'name="at" value="([^"]+)"', rita.page.text)[1])
    judge("same", *records[:2], others=False)
    assert "Are these one person?" in text_of(rita.page), "the pair that is left is the next task"
    assert states(connection) == ["moved", "open", "same"]


def test_all_are_kept_apart_with_a_reason(judge, rita, connection):
    assert "Kept apart: 3 pairs are different people." in text_of(judge("different", why="twins"))
    assert connection.execute("SELECT DISTINCT state, why_different FROM review").fetchall() == [
        ("different", "twins")
    ]
    assert text_of(rita.get("/review/judged")).count("twins") == 3


@pytest.mark.parametrize(
    ("marked", "complaint"), [([0], "at least two patients"), ([], "at least two patients")]
)
def test_what_cannot_be_merged_is_said_on_the_page(records, judge, connection, marked, complaint):
    page = judge("same", *(records[n] for n in marked))
    assert page.status_code == 409
    assert complaint in text_of(page)
    assert "Are these 3 records one person?" in text_of(page)
    assert states(connection) == ["open"] * 3


def test_a_pair_of_a_cluster_leads_to_the_cluster_and_back(rita, records):
    page = rita.get(f"/review/{records[1]}/{records[0]}")
    assert "two of 3 records that may be one person" in text_of(page)
    cluster = re.search(r'href="(/review/cluster/[^"]+)"', page.text)[1]
    assert f"/review/{records[1]}/{records[0]}" in rita.get(cluster).text
    rita.post(f"/review/{records[2]}/{records[0]}/different")
    page = rita.get(cluster)
    assert "different judged by reviewer@clinic.test" in text_of(page)
    assert "were judged different" in text_of(
        rita.post(f"{cluster}/same", on=cluster, record=[str(each) for each in records])
    )


def test_what_is_no_cluster_any_more_leads_on(rita, records):
    rita.post(f"/review/{records[2]}/{records[0]}/different")
    rita.post(f"/review/{records[2]}/{records[1]}/different")
    rita.get(f"/review/cluster/{records[0]}")
    assert rita.path == f"/review/{records[1]}/{records[0]}", "a pair has the page of a pair"
    rita.post(f"{rita.path}/different")
    rita.get(f"/review/cluster/{records[0]}")
    assert rita.path == "/review"
    late = rita.post(f"/review/cluster/{records[0]}/different", shown=[str(records[0])])
    assert late.status_code == 409
    assert "somebody judged them already" in text_of(late)
    assert rita.get(f"/review/cluster/{uuid4()}").status_code == 404


def test_an_address_that_names_no_decision_shows_none(rita, records):
    at = datetime(2026, 11, 1, tzinfo=UTC)
    for judged in (f"{records[0]}_x", f"{records[0]}_{at.isoformat()}", f"{records[0]}_", "x_y"):
        assert "Undo" not in rita.get("/review", judged=judged).text


class TestTheSamePersonAs:
    """From a patient's page to the other record, and into the queue."""

    @pytest.fixture
    def strangers(self, records, connection, portal, clinic, tmp_path):  # noqa: ARG002 - there too
        """Two whom nothing connects."""
        rows = "C-7,Ann,Miller,1955,f,,,,\nC-8,Anna,Moeller,1956,f,,,,\n"
        done = process(portal, connection, put(portal, connection, clinic, rows, folder=tmp_path))
        connection.commit()
        return done.patient(1), done.patient(2)

    def test_two_patients_of_ones_choice_are_compared_and_merged(self, rita, strangers, connection):
        ann, anna = strangers
        page = rita.get(f"/patients/{ann}")
        same_as = re.search(r'href="([^"]+)">The same person as', page.text)[1]
        assert "No other patient found" in text_of(rita.get(same_as)), "nobody else is a Miller"
        said = text_of(rita.post(same_as, on=same_as, text="moel"))
        assert "1 found" in said
        rita.post(re.search(rf'action="({same_as}/[^"]+)"', rita.page.text)[1], on=same_as)
        assert rita.path == f"/review/{anna}/{ann}"
        assert "A person asked whether they are one" in text_of(rita.page)
        rita.post(f"{rita.path}/same")
        assert "Merged: Ann Miller and Anna Moeller are one patient now." in text_of(rita.page)
        logged = connection.execute(
            "SELECT detail FROM access_event WHERE action = 'review' ORDER BY id"
        ).fetchall()
        assert [detail for (detail,) in logged] == [f"ask {ann} {anna}", f"same {anna} {ann}"]

    def test_the_patient_is_not_among_those_that_are_found(self, rita, records):
        page = rita.get(f"/patients/{records[0]}/same-as")
        assert "2 found" in text_of(page), "those with the same last name"
        assert f"/same-as/{records[0]}" not in page.text
        refused = rita.post(f"/patients/{records[0]}/same-as/{records[0]}")
        assert refused.status_code == 409
        assert "Name two patients" in text_of(refused)

    def test_strangers_to_the_account_cannot_be_asked_about(
        self, rita, strangers, connection, portal, tmp_path
    ):
        foreign = with_users(connection, "foreign")
        roster = "C-1,Zoe,Foreign,1970,f,,,,\n"
        done = process(
            portal, connection, put(portal, connection, foreign, roster, folder=tmp_path)
        )
        connection.commit()
        for path in (f"/patients/{strangers[0]}/same-as/{done.patient(1)}",
                     f"/patients/{done.patient(1)}/same-as/{strangers[0]}"):  # fmt: skip
            assert rita.post(path).status_code == 404

    def test_only_reviewers_are_offered_it(self, browse, strangers):
        assert "same-as" not in browse("importer@clinic.test").get(f"/patients/{strangers[0]}").text
