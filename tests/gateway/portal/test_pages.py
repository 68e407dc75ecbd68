"""What pages show: the list of imports, rows page by page, patients with their history."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from gateway.portal.patients.fact_labels import changes_of, label_of, lines_of
from gateway.portal.rendering import seconds, share, size
from registry.landing.receive import Archived, Arrival, enter
from registry.ledger.import_pages import ROW_KINDS
from registry.patients.history import Change, Fact, Origin
from schemas.catalogue import get_format
from tests.gateway.portal.rosters import GOOD, text_of, thousand
from tests.importing import process, put
from tests.waiting import eventually

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


def next_page(page) -> str | None:
    found = re.search(r'rel="next" href="([^"]+)"', page.text)
    return found[1].replace("&amp;", "&") if found else None


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
    assert ("Nothing matches" in page.text) == (not shown)


@pytest.mark.parametrize("mark", ["x", "2026-11-01_x", "_", "2026-11-01T00:00:00"])
@pytest.mark.usefixtures("clinic")
def test_a_made_up_position_is_no_page(browse, mark):
    assert browse("viewer@clinic.test").get("/imports", after=mark).status_code == 404


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
        found += re.findall(r"Failed D(\d+) (\d+) Year of birth", page)
        path = next_page(ada.page)
    assert found == [(str(place + 1), str(700 + place)) for place in bad]
    page = ada.get(f"/imports/{imported.id}?show=created&after=990")
    assert re.findall(r'rowspan="1">([\d,]+)</th>', page.text) == [
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
        kind: re.findall(
            r'rowspan="\d+">([\d,]+)</th>', ada.get(f"/imports/{imported.id}?show={kind}").text
        )
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


def test_odd_questions_about_rows_have_answers(clinic, connection, portal, browse, tmp_path):
    imported = put(portal, connection, clinic, GOOD, folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    ada = browse("viewer@clinic.test")
    for query in ("show=nonsense", "show=created&after=-5", "after=999999999"):
        assert ada.get(f"/imports/{imported.id}?{query}").status_code == 200


def test_a_patient_shows_where_each_value_came_from_and_what_was_before(
    clinic, connection, portal, browse, tmp_path
):
    first = put(portal, connection, clinic, GOOD, folder=tmp_path, name="january.csv")
    done = process(portal, connection, first)
    later = GOOD.replace("ann@example.com", "ann@new.example")
    process(portal, connection, put(portal, connection, clinic, f"X-1,Zoe,Other,1970,f\n{later}",
                                    folder=tmp_path, name="february.csv"))  # fmt: skip
    connection.commit()
    ada = browse("viewer@clinic.test")
    page = text_of(ada.get(f"/patients/{done.patient(1)}"))
    assert "First name Ann january.csv , line 1" in page
    assert "Contact: email main ann@new.example february.csv , line 2" in page
    assert "ann@example.com → ann@new.example" in page
    assert page.index("february.csv , line 2 ·") < page.index("january.csv , line 1 ·")
    trail = connection.execute("SELECT detail FROM access_event WHERE action = 'view'").fetchall()
    assert trail == [(f"patient {done.patient(1)}",)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("samp", ["Sample, Ann"]),
        ("ANN sample", ["Sample, Ann"]),
        ("Sample, Ann", ["Sample, Ann"]),
        ("ann 1977", ["Sample, Ann"]),
        ("ann 1978", []),
        ("C-1", ["Sample, Ann"]),
        ("C-2", ["O'Neil, Zoë"]),
        ("zoë", ["O'Neil, Zoë"]),
        ("ZOË", ["O'Neil, Zoë"]),
        ("%", []),
        ("' OR 1=1 --", []),
        ("", ["O'Neil, Zoë", "Sample, Ann"]),
    ],
)
def test_patients_are_found_by_what_a_person_knows_of_them(clinic, connection, browse, text, found):
    for number, (first, last) in enumerate((("Ann", "Sample"), ("Zoë", "O'Neil")), start=1):
        key = f"00000000-0000-7000-8000-00000000000{number}"
        connection.execute(
            "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year,"
            " gender) VALUES (%s, %s, 1, %s, %s, %s, 'F')",
            (key, clinic.id, first, last, 1976 + number),
        )
        connection.execute(
            "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
            " VALUES (%s, 'internal', %s, %s)",
            (key, f"C-{number}", clinic.id),
        )
    connection.commit()
    ada = browse("viewer@clinic.test")
    page = ada.post("/patients", text=text)
    assert page.status_code == 200
    assert re.findall(r"(\w[\w']*, \w+)(?= \d{4} F)", text_of(page)) == found
    assert page.url.query == b""


@pytest.mark.usefixtures("clinic")
def test_what_is_searched_for_reaches_no_log(browse, caplog):
    with caplog.at_level("DEBUG"):
        browse("viewer@clinic.test").post("/patients", text="Canaryname")
        # The server writes the line after the browser has its answer.
        eventually(lambda: "route=/patients" in caplog.text)
    assert "Canaryname" not in caplog.text


@pytest.mark.parametrize("name", ["ptdirect", "metriport", "thoroughcare"])
@pytest.mark.usefixtures("clinic")
def test_rules_and_template_come_from_the_declarations(browse, name):
    ada = browse("viewer@clinic.test")
    page = text_of(ada.get(f"/formats/{name}"))
    for column in get_format(name).columns[:5]:
        assert column.label in page
        assert " ".join(column.kind.describe.split()) in page
    template = ada.get(f"/formats/{name}/template.csv")
    assert template.headers["content-disposition"] == f'attachment; filename="{name}-template.csv"'
    assert template.text.endswith("\r\n")


def test_an_unknown_format_or_page_is_a_page_that_says_so(clinic, browse):
    ada = browse("viewer@clinic.test")
    for path in ("/formats/xml", "/nowhere", "/imports/not-an-id", "/imports/x/y/z"):
        assert ada.get(path).status_code == 404
        assert "Not found" in ada.page.text
        assert clinic.name not in ada.page.text or "Sign out" in ada.page.text


def test_operators_reach_the_run_in_dagster_and_others_do_not(
    clinic, operator, connection, portal, browse, tmp_path
):
    imported = put(portal, connection, clinic, GOOD, folder=tmp_path)
    process(portal, connection, imported)
    connection.commit()
    eve = browse(operator)
    eve.post("/accounts", name="clinic")
    address = f"{portal.run_url}/test"
    assert address in eve.get(f"/imports/{imported.id}").text
    assert address not in browse("admin@clinic.test").get(f"/imports/{imported.id}").text


def test_figures_are_written_for_people():
    assert [seconds(each) for each in (0.04, 9.96, 42.4, 185, 7800)] == [
        "0.0 s", "10.0 s", "42 s", "3 min 5 s", "2 h 10 min",
    ]  # fmt: skip
    assert [size(each) for each in (999, 1500, 2_500_000, 3 * 10**9)] == [
        "999 bytes", "1.5 kB", "2.5 MB", "3.0 GB",
    ]  # fmt: skip
    assert [share(*each) for each in ((0, 0), (1, 10**6), (20, 1000), (1000, 1000))] == [
        "0 %", "< 0.1 %", "2.0 %", "100.0 %",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("field", "item", "values", "label"),
    [
        ("birth_date", "", ["1980-02-01"], "Birth date"),
        ("contact", "phone/mobile", ["+12125550123"], "Contact: phone mobile"),
        ("contact", "phone/+12125550123", ["+12125550123"], "Contact: phone"),
        ("client_group", "acme", ["Acme"], "Client group"),
        ("identifier", "license/NJ/D288", ["D288", "NJ"], "Identifier: license"),
        ("address", "other/2c92c3af5676a154", ["1 Main St", "Boston"], "Address: other"),
        ("facility", "01a2017b-07da-7b96-81ac-05437511adda", ["Main Street"], "Facility"),
    ],
)
def test_a_fact_is_labelled_without_what_its_value_says(field, item, values, label):
    assert label_of(field, item, values) == label


def test_parts_of_one_item_that_came_together_are_one_line():
    first, later = (Origin(None, None, None, line, START) for line in (1, 2))
    facts = [
        Fact("address", "home", "line1", "1 Main St", first),
        Fact("address", "home", "city", "Boston", first),
        Fact("address", "home", "postal_code", "02101", later),
        Fact("facility", "f-1", "facility_id", "f-1", later),
    ]
    lines = lines_of(facts, {"f-1": "Bay"})
    assert [(line.label, line.value, line.origin.line) for line in lines] == [
        ("Address: home", "1 Main St, Boston", 1),
        ("Address: home", "02101", 2),
        ("Facility: f-1", "Bay", 2),
    ]
    change = Change(first, {"address/home/postal_code": ("02102", "02101"), "gender": (None, "F")})
    assert list(changes_of(change, {})) == [
        ("Address: home, postal code", "02102", "02101"),
        ("Gender", None, "F"),
    ]
