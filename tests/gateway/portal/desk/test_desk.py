"""The desk: what came last night, what failed and why, what waits for the user."""

from datetime import UTC, datetime, timedelta

import pytest

from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from registry.ledger import states
from registry.ledger.recent_imports import WEEK
from tests.gateway.portal.reviews.conftest import twins
from tests.gateway.portal.rosters import GOOD, ROSTER, text_of
from tests.importing import process, put

__all__ = ["twins"]


def bring(connection, account, name: str, age: timedelta, fault: str | None = None) -> None:
    """An import that came so long ago, completed or failed with this fault."""
    at = datetime.now(UTC) - age
    arrival = Arrival(source="sftp", received_at=at, file_name=name, format=account.format)
    imported = enter(connection, account, Archived("ab" * 32, 10), arrival)
    end(connection, imported.id, at, fault)


def end(connection, import_id, at: datetime, fault: str | None = None) -> None:
    """Let an attempt of seven rows end at this time."""
    connection.execute(
        "UPDATE import SET state = %s, reason = %s WHERE id = %s",
        ("failed" if fault else "completed", fault and "the file has no bytes", import_id),
    )
    connection.execute(
        "INSERT INTO attempt (import_id, number, state, fault_code, started_at, finished_at,"
        " records, created, updated, unchanged, errored)"
        " VALUES (%s, 1, %s, %s, %s, %s, 7, 4, 2, 1, 0)",
        (import_id, "failed" if fault else "finished", fault, at, at),
    )
    connection.commit()


def section(page, heading: str) -> str:
    """The text of the desk from a heading to the next one."""
    begins = page.text.index(f">{heading}</h")
    ends = page.text.find("<h2", begins)
    return text_of(page.text[begins + 1 : ends if ends > 0 else None])


def test_a_new_account_sees_where_to_begin(clinic, browse):
    assert clinic
    said = text_of(browse("importer@clinic.test").get("/"))
    assert "Nothing has been imported yet." in said
    assert "Choose a CSV file" in said
    assert "Nothing. Everything that came is decided." in said
    said = text_of(browse("viewer@clinic.test").get("/"))
    assert "Choose a CSV file" not in said
    assert "Waits for you" not in said


def test_the_last_night_is_told_apart_from_what_came_before(clinic, connection, browse):
    bring(connection, clinic, "old.csv", timedelta(days=3))
    bring(connection, clinic, "tonight.csv", timedelta(hours=3))
    bring(connection, clinic, "empty.csv", timedelta(hours=2), "empty_file")
    page = browse("viewer@clinic.test").get("/desk")
    assert "2 files in the last 24 hours." in text_of(page)
    assert "tonight.csv" in section(page, "What came")
    assert "old.csv" in section(page, "Before that")
    assert "tonight.csv" not in section(page, "Before that")
    failed = section(page, "What failed, and why")
    assert "empty.csv The file has no bytes. Export it again." in failed


def test_without_a_file_of_the_night_the_last_one_is_named(clinic, connection, browse):
    bring(connection, clinic, "old.csv", timedelta(days=3))
    page = browse("viewer@clinic.test").get("/desk")
    assert "No file came in the last 24 hours. The last one came" in text_of(page)


def test_a_late_result_of_an_earlier_file_is_of_the_night(clinic, connection, browse):
    bring(connection, clinic, "waited.csv", timedelta(days=2))
    connection.execute("UPDATE attempt SET finished_at = now()")
    bring(connection, clinic, "ancient.csv", WEEK + timedelta(days=1))
    connection.commit()
    page = browse("viewer@clinic.test").get("/desk")
    assert "waited.csv" in section(page, "What came")
    assert "ancient.csv" in section(page, "Before that")


def test_failed_rows_are_told_by_column_with_a_way_to_them(
    clinic, connection, portal, browse, tmp_path
):
    imported = put(portal, connection, clinic, ROSTER, folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    page = browse("viewer@clinic.test").get("/desk")
    failed = section(page, "What failed, and why")
    assert "1 row Gender : not a gender of this format" in failed
    assert f'href="/imports/{imported.id}?show=errored#rows"' in page.text
    assert "Failed rows 2" in text_of(page)


def test_a_held_file_waits_for_who_may_let_it_through(clinic, connection, browse):
    bring(connection, clinic, "held.csv", timedelta(hours=3), "identities_changed")
    assert "held.csv is held" in text_of(browse("reviewer@clinic.test").get("/desk"))
    importer = browse("importer@clinic.test").get("/desk")
    assert "held.csv is held" not in text_of(importer)
    assert "held.csv" in section(importer, "What failed, and why")
    browse("reviewer@clinic.test").post(
        importer.text.split('href="/imports/')[1][:36].join(("/imports/", "/let-through"))
    )
    assert "held.csv is held" not in text_of(browse("reviewer@clinic.test").get("/desk"))


def test_a_check_waits_for_who_made_it_until_it_is_imported(clinic, connection, browse):
    assert clinic
    ada = browse("importer@clinic.test")
    ada.check(GOOD, name="mine.csv")
    check = ada.path
    end(connection, check.rpartition("/")[2], datetime.now(UTC))
    waits = "mine.csv is checked You have not imported it yet: 7 rows can be."
    assert waits in text_of(ada.get("/desk"))
    assert waits not in text_of(browse("admin@clinic.test").get("/desk"))
    ada.post(f"{check}/import")
    assert waits not in text_of(ada.get("/desk"))


@pytest.mark.usefixtures("twins")
def test_pairs_wait_for_a_reviewer(browse):
    assert "1 pair to review" in text_of(browse("reviewer@clinic.test").get("/desk"))
    assert "to review" not in text_of(browse("viewer@clinic.test").get("/desk"))


def test_an_import_of_another_account_is_on_no_desk(clinic, other, connection, browse):
    assert clinic
    bring(connection, other, "theirs.csv", timedelta(hours=1))
    assert "theirs.csv" not in browse("admin@clinic.test").get("/desk").text


@pytest.mark.parametrize(
    ("button", "decided"), [("let-through", "let it through"), ("refuse", "refused it")]
)
def test_a_file_unlike_the_usual_ones_waits_for_a_reviewer(
    clinic, connection, browse, button, decided
):
    at = datetime.now(UTC) - timedelta(days=30)
    arrival = Arrival(source="sftp", received_at=at, file_name="half.csv", format=clinic.format)
    imported = enter(connection, clinic, Archived("ab" * 32, 10), arrival)
    attempt = states.take_up(connection, imported.id, "run")
    why = "2 rows, usually 10 (80 % off, up to 30 % is allowed); 8 patients missing from the list"
    states.hold_attempt(connection, attempt, why, at)
    connection.commit()
    path = f"/imports/{imported.id}"
    assert "half.csv is held" not in text_of(browse("importer@clinic.test").get("/desk"))
    importer = browse("importer@clinic.test").get(path)
    assert "A reviewer or an administrator of your account decides" in text_of(importer)
    rita = browse("reviewer@clinic.test")
    assert "half.csv is held It is unlike your usual files: 2 rows, usually 10" in text_of(
        rita.get("/desk")
    )
    assert "8 patients missing from the list." in text_of(rita.get(path))
    rita.post(f"{path}/{button}", on=path)
    assert f"reviewer@clinic.test {decided} on" in text_of(rita.get(path))
    assert "half.csv is held" not in text_of(rita.get("/desk"))
    assert rita.post(f"{path}/{button}", on=path).status_code == 409
