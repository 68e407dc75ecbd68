"""The review pages: the queue, one pair side by side, judging, and the way back."""

import re
import threading
import time

import pytest

from gateway.portal.reviews.side_by_side import rows_of
from registry.database.account_lock import lock_account
from registry.database.connections import connect
from registry.patients.record import Fact, Record
from tests.gateway.portal.conftest import with_users
from tests.gateway.portal.rosters import TWINS, text_of
from tests.importing import process, put

OLDER, YOUNGER = 1, 2


@pytest.fixture
def twins(clinic, connection, portal, tmp_path):
    """Dana under C-8 and under C-9: a pair; the import that brought them."""
    done = process(portal, connection, put(portal, connection, clinic, TWINS, folder=tmp_path))
    connection.commit()
    return done


def path_of(done, act=""):
    return f"/review/{done.patient(YOUNGER)}/{done.patient(OLDER)}{act}"


def fill(connection, account, pairs: int) -> None:
    """Pairs of namesakes, a minute apart, without files: what 10,000 of them would look like."""
    connection.execute(
        "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year, gender)"
        " SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, %s, n / 2, 'Ann',"
        " 'Sample' || n / 2, 1977, 'F' FROM generate_series(0, %s) n",
        (account.id, 2 * pairs - 1),
    )
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " SELECT id, 'internal', 'C-' || id, account_id FROM patient WHERE account_id = %s"
        " ON CONFLICT DO NOTHING",
        (account.id,),
    )
    connection.execute(
        "INSERT INTO review (patient_id, other_patient_id, account_id, reason, import_id, attempt,"
        " line, created_at) SELECT"
        " ('00000000-0000-7000-8000-' || lpad((2 * n + 1)::text, 12, '0'))::uuid,"
        " ('00000000-0000-7000-8000-' || lpad((2 * n)::text, 12, '0'))::uuid, %s,"
        " 'same_name_and_birth', gen_random_uuid(), 1, 2, timestamptz '2026-11-01'"
        " + n * interval '1 minute' FROM generate_series(0, %s) n",
        (account.id, pairs - 1),
    )
    connection.commit()


@pytest.mark.usefixtures("twins")
def test_the_queue_tells_who_why_and_since_when(browse):
    page = browse("reviewer@clinic.test").get("/review")
    said = text_of(page)
    assert "Dana Sample 1961, F · Internal C-8" in said
    assert "Internal C-9" in said
    assert "Same name, birth and gender roster.csv, line 2" in said
    assert "Review 1 waiting" in said


def test_a_pair_shows_both_with_their_origins_and_what_would_stay(twins, browse):
    said = text_of(browse("reviewer@clinic.test").get(path_of(twins)))
    assert "Are these one person?" in said
    assert "Was here first Dana Sample roster.csv , line 1" in said
    assert "Came later Dana Sample roster.csv , line 2" in said
    assert re.search(r"email main dana@example\.com stays .*d\.sample@example\.com", said)
    assert "≠ differs" in said
    assert "only the first" in said
    assert "Born 1961" in said


def test_same_merges_and_leads_on_to_the_next_pair(twins, clinic, connection, browse):
    fill(connection, clinic, 1)
    rita = browse("reviewer@clinic.test")
    page = rita.post(path_of(twins, "/same"))
    assert "Merged: Dana Sample and Dana Sample are one patient now." in text_of(page)
    assert "Ann Sample0" in text_of(page)
    assert rita.path.startswith("/review/00000000-0000-7000-8000-000000000001/")
    page = rita.post(f"{rita.path}/different")
    assert rita.path == "/review"
    assert "Kept apart: Ann Sample0" in text_of(page)
    assert "Nobody waits to be judged" in text_of(page)
    assert "waiting" not in text_of(page).split("Review", 1)[1].split("Settings")[0][:30]


def test_the_old_id_leads_to_the_one_who_stayed_whose_history_tells_of_it(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/same"))
    page = rita.get(f"/patients/{twins.patient(YOUNGER)}")
    assert rita.path == f"/patients/{twins.patient(OLDER)}"
    said = text_of(page)
    assert "merged with Dana Sample by reviewer@clinic.test" in said
    assert "of the one merged in" in said
    assert "abc-2 roster.csv , line 2" in said  # whose origin is still the row that brought it
    assert "Identifier: internal C-8 , also C-9" in said
    assert "1 found" in text_of(rita.post("/patients", on="/patients", text="C-9"))


def test_a_merge_is_split_from_the_list_of_what_was_judged(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/same"))
    said = text_of(rita.get("/review/judged"))
    assert "Merged Dana Sample and Dana Sample 1961 · C-9 was merged in reviewer@clinic" in said
    rita.post(path_of(twins, "/split"), on="/review/judged")
    assert "are different people" in text_of(rita.page)
    for who in (OLDER, YOUNGER):
        assert rita.get(f"/patients/{twins.patient(who)}").url.path.endswith(
            str(twins.patient(who))
        )
    assert "split off again by reviewer@clinic.test" in text_of(rita.page)
    rita.post(path_of(twins, "/ask-again"))
    assert "Are these one person?" in text_of(rita.page)


def test_a_judged_pair_of_whom_an_undo_removed_one_says_so(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/different"))
    undo = f"/imports/{twins.imported.id}/undo"
    rita.post(undo, seen=rita.token(undo, "seen"))
    page = rita.get(path_of(twins)).text
    assert "An undo removed one of the two" in page
    for side in (OLDER, YOUNGER):
        address = f"/patients/{twins.patient(side)}"
        assert address in page
        assert "This patient was removed" in rita.get(address).text
    again = rita.post(path_of(twins, "/ask-again"))
    assert again.status_code == 409
    assert "ask-again" not in rita.get("/review/judged").text


def test_who_judges_second_is_told_who_was_faster(twins, browse):
    rita, ada = browse("reviewer@clinic.test"), browse("admin@clinic.test")
    rita.post(path_of(twins, "/different"))
    page = ada.post(path_of(twins, "/same"))
    assert page.status_code == 409
    assert "judged 'different' already, by reviewer@clinic.test" in text_of(page)


def test_two_who_judge_at_once_get_one_merge_and_one_message(twins, browse):
    users = [browse("reviewer@clinic.test"), browse("admin@clinic.test")]
    threads = [
        threading.Thread(target=user.post, args=(path_of(twins, f"/{act}"),))
        for user, act in zip(users, ("same", "different"), strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    assert sorted(user.page.status_code for user in users) == [200, 409]


def test_a_judgement_while_an_import_is_written_says_so(twins, clinic, portal, browse):
    rita = browse("reviewer@clinic.test")
    with connect(portal) as writing:
        lock_account(writing, clinic.id)
        page = rita.post(path_of(twins, "/same"))
    assert page.status_code == 503
    assert "An import of this account is being written" in text_of(page)
    assert "Are these one person?" in text_of(page)


def test_the_trail_tells_who_judged(twins, browse, connection):
    browse("reviewer@clinic.test").post(path_of(twins, "/different"))
    rows = connection.execute(
        "SELECT user_name, detail FROM access_event WHERE action = 'review'"
    ).fetchall()
    who = f"{twins.patient(YOUNGER)} {twins.patient(OLDER)}"
    assert rows == [("reviewer@clinic.test", f"different {who}")]


@pytest.mark.usefixtures("clinic")
def test_a_pair_of_another_account_cannot_be_judged(connection, portal, browse, tmp_path):
    foreign = with_users(connection, "foreign")
    done = process(portal, connection, put(portal, connection, foreign, TWINS, folder=tmp_path))
    connection.commit()
    rita = browse("reviewer@clinic.test")
    for act in ("same", "different", "split", "ask-again"):
        assert rita.post(path_of(done, f"/{act}")).status_code == 404
    assert "Dana" not in rita.get("/review").text


@pytest.mark.usefixtures("clinic")
@pytest.mark.parametrize("mark", ["x", "2026-11-01_x_y", "nobody"])
def test_a_page_that_is_none_is_not_found(browse, mark):
    assert browse("reviewer@clinic.test").get("/review", after=mark).status_code == 404


def test_ten_thousand_pairs_are_gone_through_without_waiting(clinic, connection, browse):
    fill(connection, clinic, 10_000)
    connection.autocommit = True
    connection.execute("ANALYZE")
    rita = browse("reviewer@clinic.test")
    seen, taken, path = [], [], "/review"
    for _ in range(4):
        began = time.perf_counter()
        page = rita.get(path)
        taken.append(time.perf_counter() - began)
        seen += re.findall(r"Ann (Sample\d+)</strong>", page.text)[::2]
        path = re.search(r'rel="next" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert seen == [f"Sample{n}" for n in range(100)]
    assert "1,000+" in text_of(rita.page)
    assert min(taken) < 0.2


def fact(address: str, value: str) -> Fact:
    field, *rest = address.split("/")
    attribute = rest.pop() if rest else ""
    return Fact(field, "/".join(rest), attribute, value, None)


def record(number: int, **facts: str) -> Record:
    told = [fact(address.replace("__", "/"), value) for address, value in facts.items()]
    return Record(__import__("uuid").UUID(int=number), told, [])


def test_what_belongs_together_is_one_row_and_spelling_in_capitals_no_difference():
    older = record(1, first_name="Ann", last_name="Lee", birth_date="1961-05-27", birth_year="1961",
                   flag__red__name="Red", address__home__line1="1 Main St",
                   address__home__city="Rome")  # fmt: skip
    younger = record(2, first_name="ANN", last_name="Lee", birth_year="1961", flag__red__name="red",
                     flag__blue__name="Blue", address__home__city="Oslo")  # fmt: skip
    stand = {"first_name": "Ann", "last_name": "Lee", "address/home/city": "Oslo"}
    rows = {row.label: row for row in rows_of(older, younger, stand, {})}
    assert list(rows) == ["Name", "Born", "Address: home", "Flag"]
    assert (rows["Name"].likeness, rows["Born"].likeness) == ("same", "differs")
    assert rows["Flag"].likeness == "differs"
    assert [value.is_shared for value in rows["Flag"].younger] == [True, False]
    home = rows["Address: home"]
    assert (home.older[0].text, home.older[0].stays) == ("1 Main St, Rome", False)
    assert (home.younger[0].text, home.younger[0].stays) == ("Oslo", True)
