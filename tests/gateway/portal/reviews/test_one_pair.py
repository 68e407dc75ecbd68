"""One pair side by side, and the decision about it."""

import re
import threading

import pytest

from registry.database.account_lock import lock_account
from registry.database.connections import connect
from tests.gateway.portal.conftest import with_users
from tests.gateway.portal.reviews.conftest import OLDER, YOUNGER, fill, path_of, score
from tests.gateway.portal.rosters import TWINS, text_of
from tests.importing import process, put


def test_a_pair_shows_both_with_their_origins_and_what_a_merge_keeps(twins, browse):
    said = text_of(browse("reviewer@clinic.test").get(path_of(twins)))
    assert "Are these one person?" in said
    assert "Earlier patient Dana Sample roster.csv , line 1" in said
    assert "Later patient Dana Sample roster.csv , line 2" in said
    assert re.search(r"E-mail dana@example\.com .*d\.sample@example\.com", said)
    kept = r'value="older" checked aria-label="Keep E-mail dana@example\.com"'
    assert re.search(kept, browse("reviewer@clinic.test").get(path_of(twins)).text)
    assert "≠ differs" in said
    assert "earlier only" in said
    assert "Born 1961" in said


def test_a_reviewer_chooses_whose_value_stays(twins, browse):
    rita = browse("reviewer@clinic.test")
    choice = {"keep:contact/email/main": "younger", "keep:identifier/internal": "younger"}
    rita.post(path_of(twins, "/same"), **choice)
    said = text_of(rita.get(f"/patients/{twins.patient(OLDER)}"))
    assert "E-mail d.sample@example.com" in said
    assert "Internal ID C-9 , also C-8" in said
    rita.post(path_of(twins, "/split"))
    assert "E-mail dana@example.com" in text_of(rita.get(f"/patients/{twins.patient(OLDER)}"))


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
    assert "Nothing to review" in text_of(page)
    assert "waiting" not in text_of(page).split("Review", 1)[1].split("Settings")[0][:30]


def test_a_merged_id_leads_to_the_surviving_patient_whose_history_names_the_merge(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/same"))
    page = rita.get(f"/patients/{twins.patient(YOUNGER)}")
    assert rita.path == f"/patients/{twins.patient(OLDER)}"
    said = text_of(page)
    assert "merged with Dana Sample by reviewer@clinic.test" in said
    assert "of the merged patient" in said
    assert "abc-2 roster.csv , line 2" in said  # whose origin is still the row that brought it
    assert "Internal ID C-8 , also C-9" in said
    assert "1 found" in text_of(rita.post("/patients", on="/patients", text="C-9"))


def test_a_decided_pair_says_that_an_undo_removed_one_of_the_two(twins, browse):
    rita = browse("reviewer@clinic.test")
    rita.post(path_of(twins, "/different"))
    undo = f"/imports/{twins.imported.id}/undo"
    rita.post(undo, seen=rita.token(undo, "seen"))
    page = rita.get(path_of(twins)).text
    assert "An undo has since removed one of the two" in page
    for side in (OLDER, YOUNGER):
        address = f"/patients/{twins.patient(side)}"
        assert address in page
        assert "This patient was removed" in rita.get(address).text
    again = rita.post(path_of(twins, "/ask-again"))
    assert again.status_code == 409
    assert "ask-again" not in rita.get("/review/judged").text


def test_the_second_of_two_reviewers_sees_who_decided_first(twins, browse):
    rita, ada = browse("reviewer@clinic.test"), browse("admin@clinic.test")
    rita.post(path_of(twins, "/different"))
    page = ada.post(path_of(twins, "/same"))
    assert page.status_code == 409
    assert "judged 'different' already, by reviewer@clinic.test" in text_of(page)


def test_two_decisions_at_the_same_time_give_one_merge_and_one_message(twins, browse):
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


def test_a_decision_while_an_import_is_written_is_refused(twins, clinic, portal, browse):
    rita = browse("reviewer@clinic.test")
    with connect(portal) as writing:
        lock_account(writing, clinic.id)
        page = rita.post(path_of(twins, "/same"))
    assert page.status_code == 503
    assert "An import of this account is being written" in text_of(page)
    assert "Are these one person?" in text_of(page)


def test_the_activity_log_names_the_reviewer(twins, browse, connection):
    browse("reviewer@clinic.test").post(path_of(twins, "/different"))
    rows = connection.execute(
        "SELECT user_name, detail FROM access_event WHERE action = 'review'"
    ).fetchall()
    who = f"{twins.patient(YOUNGER)} {twins.patient(OLDER)}"
    assert rows == [("reviewer@clinic.test", f"different {who}")]


@pytest.mark.usefixtures("clinic")
def test_a_pair_of_another_account_cannot_be_decided(connection, portal, browse, tmp_path):
    foreign = with_users(connection, "foreign")
    done = process(portal, connection, put(portal, connection, foreign, TWINS, folder=tmp_path))
    connection.commit()
    rita = browse("reviewer@clinic.test")
    for act in ("same", "different", "split", "ask-again"):
        assert rita.post(path_of(done, f"/{act}")).status_code == 404
    assert "Dana" not in rita.get("/review").text


def test_the_page_says_what_speaks_for_and_against_in_plain_words(twins, connection, browse):
    score(connection, twins)
    rita = browse("reviewer@clinic.test")
    said = text_of(rita.get(path_of(twins)))
    assert "What speaks for and against: score 18.5, very likely" in said
    assert "Phone the same strong for +8.0 First name differs against -3.0" in said
    assert rita.page.text.count("<rect class=") == 3


@pytest.mark.usefixtures("clinic")
def test_a_pair_without_a_score_shows_no_evidence(twins, browse):
    assert "speaks for" not in text_of(browse("reviewer@clinic.test").get(path_of(twins)))


@pytest.mark.parametrize("act", ["same", "different"])
def test_the_last_decision_is_undone_from_the_next_page_and_the_pair_asked_again(
    act, twins, browse
):
    rita = browse("reviewer@clinic.test")
    page = rita.post(path_of(twins, f"/{act}"))
    [undo] = re.findall(r'action="([^"]+/undo)"', page.text)
    page = rita.post(undo)
    assert rita.path == path_of(twins)
    assert "Are these one person?" in text_of(page)
    assert "Nothing has been decided yet" in text_of(rita.get("/review/judged"))


def test_a_decision_can_still_be_undone_after_the_next_pair_was_put_off(
    twins, clinic, connection, browse
):
    fill(connection, clinic, 2)
    rita = browse("reviewer@clinic.test")
    page = rita.post(path_of(twins, "/different"))
    later = re.search(r'class="later" href="([^"]+)"', page.text)[1].replace("&amp;", "&")
    assert path_of(twins, "/undo") in rita.get(later).text


def test_a_filter_holds_from_pair_to_pair(twins, clinic, connection, browse):
    fill(connection, clinic, 3)
    score(connection, twins)
    connection.execute(
        "UPDATE review SET weight = 9 WHERE other_patient_id::text LIKE '%0000000000'"
    )
    connection.commit()
    rita = browse("reviewer@clinic.test")
    rita.post("/review/00000000-0000-7000-8000-000000000001/00000000-0000-7000-8000-000000000000"
              "/different?band=likely")  # fmt: skip
    assert rita.page.url.query.startswith(b"band=likely&judged=")
    assert rita.path == "/review"
    assert "No more pairs of this choice" in text_of(rita.page)
    assert "Ann Sample1" not in text_of(rita.page)


def test_why_two_are_different_is_said_at_once_and_later(twins, browse):
    rita = browse("reviewer@clinic.test")
    said = text_of(rita.post(path_of(twins, "/different"), why="relatives"))
    assert "Kept apart (relatives): Dana Sample and Dana Sample" in said
    assert ": relatives. Later imports do not ask" in text_of(rita.get(path_of(twins)))
    assert "Different people relatives Dana" in text_of(rita.get("/review/judged"))


def test_a_reason_that_the_page_does_not_offer_changes_nothing(twins, browse):
    rita = browse("reviewer@clinic.test")
    page = rita.post(path_of(twins, "/different"), why="strangers")
    assert page.status_code == 409
    assert "Are these one person?" in text_of(page)
