"""The list of imports: its pages, and its search."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from registry.landing.archive_copy import Archived
from registry.landing.receive import Arrival, enter
from tests.gateway.portal.rosters import GOOD, next_page, text_of

START = datetime(2026, 11, 1, 12, tzinfo=UTC)


def enter_imports(connection, account, count: int) -> None:
    """Imports a minute apart, file-0.csv the oldest; every third came by SFTP and failed."""
    for number in range(count):
        arrival = Arrival(
            source="portal" if number % 3 else "sftp",
            received_at=START + timedelta(minutes=number),
            file_name=f"file-{number}.csv",
            format=account.format,
        )
        imported = enter(connection, account, Archived("ab" * 32, 10), arrival)
        state = "completed" if number % 3 else "failed"
        connection.execute("UPDATE import SET state = %s WHERE id = %s", (state, imported.id))
    connection.commit()


def names(page) -> list[str]:
    return re.findall(r">(file-\d+\.csv)<", page.text)


def test_the_list_goes_through_all_imports_the_newest_first(clinic, connection, browse):
    enter_imports(connection, clinic, 60)
    ada = browse("viewer@clinic.test")
    seen, path = [], "/imports"
    while path:
        seen += names(ada.get(path))
        path = next_page(ada.page)
    assert seen == [f"file-{number}.csv" for number in reversed(range(60))]


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        ({"state": "failed"}, [6, 3, 0]),
        ({"source": "portal"}, [8, 7, 5, 4, 2, 1]),
        ({"q": "LE-4"}, [4]),
        ({"q": "100%"}, []),
        ({"state": "failed", "source": "portal"}, []),
        ({"state": "no such state"}, []),
    ],
)
def test_the_list_is_searched_by_name_state_and_source(clinic, connection, browse, query, shown):
    enter_imports(connection, clinic, 9)
    page = browse("viewer@clinic.test").get("/imports", **query)
    assert names(page) == [f"file-{number}.csv" for number in shown]
    assert ("No import matches" in page.text) == (not shown)


@pytest.mark.parametrize("mark", ["x", "2026-11-01_x", "_", "2026-11-01T00:00:00"])
@pytest.mark.usefixtures("clinic")
def test_an_invalid_position_is_not_found(browse, mark):
    assert browse("viewer@clinic.test").get("/imports", after=mark).status_code == 404


def test_the_next_page_keeps_the_search(clinic, connection, browse):
    enter_imports(connection, clinic, 90)
    ada = browse("viewer@clinic.test")
    seen, path = [], "/imports?state=failed&q=file"
    while path:
        seen += names(ada.get(path))
        path = next_page(ada.page)
    assert seen == [f"file-{number}.csv" for number in reversed(range(0, 90, 3))]


@pytest.mark.usefixtures("clinic")
def test_an_empty_list_says_how_files_come(browse):
    assert "Nothing has been imported yet" in text_of(browse("viewer@clinic.test").get("/imports"))
    said = text_of(browse("importer@clinic.test").get("/imports"))
    assert "through the portal, SFTP or the API" in said


def test_an_import_of_another_account_is_not_listed(clinic, other, connection, browse):
    enter_imports(connection, other, 2)
    assert clinic.id != other.id
    assert names(browse("viewer@clinic.test").get("/imports")) == []


def test_a_check_and_the_import_that_follows_it_are_one_entry(ada, run):
    ada.check(GOOD)
    run()
    check = ada.path
    assert names_of_kind(ada, "checks") == ["roster.csv"]
    ada.post(f"{check}/import")
    page = ada.get("/imports")
    assert page.text.count(">roster.csv<") == 1
    assert f'href="{check}">its check</a>' in page.text
    assert names_of_kind(ada, "checks") == []
    assert names_of_kind(ada, "imports") == ["roster.csv"]


def names_of_kind(ada, kind) -> list[str]:
    return re.findall(r">(roster\.csv)<", ada.get("/imports", kind=kind).text)
