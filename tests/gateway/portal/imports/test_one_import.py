"""The page of one import: its progress, and its rows."""

import re
from datetime import UTC, datetime

from registry.accounts.accounts import add_account, add_facility
from registry.accounts.portal_users import add_user
from registry.database.connections import connect
from registry.decisions.judgements import Reviewer
from registry.decisions.merge import same
from registry.decisions.split import split
from registry.ledger.import_pages import ROW_KINDS
from registry.ledger.imports import list_imports
from tests.gateway.portal.conftest import password_hash
from tests.gateway.portal.reviews.conftest import OLDER, YOUNGER, score, twins
from tests.gateway.portal.rosters import GOOD, METRIPORT, next_page, text_of, thousand
from tests.importing import process, put

__all__ = ["twins"]

LINES = r'<th scope="row" class="num" data-label="Line">([\d,]+)</th>'


def test_progress_is_shown_by_stage(ada, portal, connection):
    ada.check(GOOD)
    path = f"{ada.path}/progress"
    said = ada.client.get(path).json()
    assert (said["state"], said["over"]) == ("waiting", False)
    assert {step["state"] for step in said["steps"]} == {"next"}
    connection.commit()
    (waiting,) = list_imports(connection)
    with connect(portal) as own:
        process(portal, own, waiting, stages=("landed_files", "staged_patients"))
        own.commit()
    said = ada.client.get(path).json()
    assert [step["state"] for step in said["steps"]] == ["done", "done", "now", "next", "next"]
    assert said["steps"][0]["took"].endswith(" s")


def test_a_page_that_waits_reloads_itself_without_a_script(ada, run):
    ada.check(GOOD)
    refresh = '<noscript><meta http-equiv="refresh" content="3"></noscript>'
    assert refresh in ada.page.text
    run()
    assert refresh not in ada.get(ada.path).text


def test_rows_are_shown_page_by_page_and_values_stay_with_their_lines(
    clinic, connection, portal, browse, tmp_path
):
    bad = {place: (3, str(700 + place)) for place in range(0, 1000, 8)}
    imported = put(portal, connection, clinic, thousand(bad), folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    ada, found = browse("viewer@clinic.test"), []
    path = f"/imports/{imported.id}?show=errored"
    while path:
        page = text_of(ada.get(path))
        found += re.findall(r"D(\d+) (\d+) Error Year of birth", page)
        path = next_page(ada.page)
    assert found == [(str(place + 1), str(700 + place)) for place in bad]
    page = ada.get(f"/imports/{imported.id}?show=created&after=990")
    assert re.findall(LINES, page.text) == [
        f"{line:,}" for line in range(991, 1001) if (line - 1) % 8
    ]
    assert "875" in text_of(page)


def test_rows_of_each_kind_are_those_and_no_others(clinic, connection, portal, browse, tmp_path):
    before = GOOD + "C-2,Bob,Sample,1970,m,bob@example.com,,,\n"
    after = (
        GOOD
        + "C-2,Bob,Sample,1970,m,robert@example.com,,,\n"
        + "C-3,Cleo,Sample,1980,f,,,,\n"
        + "C-4,Dan,Sample,1066,m,,,,\n"
        + "C-5,Eve,Sample,1990,f,no address,,,\n"
    )
    for roster in (before, after):
        imported = put(portal, connection, clinic, roster, folder=tmp_path)
        process(portal, connection, imported)
    connection.commit()
    ada = browse("viewer@clinic.test")
    shown = {
        kind: re.findall(LINES, ada.get(f"/imports/{imported.id}?show={kind}").text)
        for kind in ("all", *ROW_KINDS[1:])
    }
    assert shown == {
        "all": ["1", "2", "3", "4", "5"],
        "created": ["3", "5"],
        "updated": ["2"],
        "unchanged": ["1"],
        "errored": ["4"],
        "warnings": ["5"],
    }


def test_unusual_queries_about_rows_are_answered(clinic, connection, portal, browse, tmp_path):
    imported = put(portal, connection, clinic, GOOD, folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    ada = browse("viewer@clinic.test")
    for query in ("show=nonsense", "show=created&after=-5", "after=999999999"):
        assert ada.get(f"/imports/{imported.id}?{query}").status_code == 200


def test_cells_of_a_file_with_a_header_follow_its_own_order(connection, browse, run):
    harbor = add_account(connection, "harbor", "metriport")
    add_facility(connection, harbor, "Main Street")
    add_user(connection, harbor, "importer@harbor.test", "importer", password_hash())
    connection.commit()
    eve = browse("importer@harbor.test")
    eve.check(METRIPORT, format="metriport")
    run()
    page = text_of(eve.get(eve.path))
    assert "C3 1970-02-31 Error dob" in page
    assert "Allowed:" in page


def test_markup_in_name_and_values_of_a_file_is_escaped(ada, run):
    ada.check('C-1,Ann,Sample,"<b>9</b>",f\n', "<img src=x onerror=alert(1)>.csv")
    run()
    page = ada.get(ada.path).text
    assert "<b>9</b>" not in page
    assert "&lt;b&gt;9" in page
    assert "<img src=x" not in page
    assert "&lt;img src=x" in page


def test_operators_reach_the_run_in_dagster_and_others_do_not(
    clinic, operator, connection, portal, browse, tmp_path
):
    imported = put(portal, connection, clinic, GOOD, folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    eve = browse(operator)
    eve.post("/accounts", name="clinic")
    address = "/dagster/runs/test"
    assert address in eve.get(f"/imports/{imported.id}").text
    assert address not in browse("admin@clinic.test").get(f"/imports/{imported.id}").text


def test_an_import_says_which_of_its_new_patients_were_linked_automatically(
    clinic, twins, connection, browse
):
    score(connection, twins, 40)
    path = f"/imports/{twins.imported.id}"
    page = browse("viewer@clinic.test")
    assert "linked automatically" not in page.get(path).text
    by = Reviewer(clinic.id, "automatic linking (model 1)", datetime.now(UTC), is_automatic=True)
    younger, older = twins.patient(YOUNGER), twins.patient(OLDER)
    same(connection, by, younger, older)
    connection.commit()
    said = page.get(path).text
    assert "1 new patient was linked automatically" in said
    assert f'href="/patients/{older}"' in said
    split(connection, by, younger, older)
    connection.commit()
    assert "linked automatically" not in page.get(path).text
