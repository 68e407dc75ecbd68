"""The list of patients at the portal: filters, order, pages, and the export."""

import csv
import io
import re

import pytest

from tests.gateway.portal.rosters import GOOD, text_of
from tests.importing import process, put

PEOPLE = "".join(f"L-{n:02},Ann,Person{n:02},{1930 + n},f,,,,{'Acme' if n % 2 else ''}\n"
                 for n in range(1, 56))  # fmt: skip


@pytest.fixture
def imported(clinic, connection, portal, tmp_path):
    received = put(portal, connection, clinic, PEOPLE, folder=tmp_path, name="people.csv")
    done = process(portal, connection, received)
    connection.commit()
    return done


def listed(page):
    return re.findall(r"Person\d\d", page.text)


@pytest.mark.usefixtures("imported")
def test_a_list_is_filtered_sorted_and_paged_by_links(browse):
    ada = browse("viewer@clinic.test")
    first = ada.get("/patients", sort="born")
    assert listed(first) == [f"Person{n:02}" for n in range(1, 51)]
    link = re.search(r'rel="next" href="([^"]+)"', first.text)[1].replace("&amp;", "&")
    assert listed(ada.get(link)) == [f"Person{n:02}" for n in range(51, 56)]
    assert 'aria-sort="ascending"' in first.text
    down = ada.get("/patients", sort="born", order="down", group="ACME")
    assert listed(down) == [f"Person{n:02}" for n in range(55, 0, -2)]
    changed = ada.get("/patients", sort="changed", days="1", source="", state="")
    assert listed(changed)[:2] == ["Person01", "Person02"]
    assert listed(ada.get("/patients", source="sftp")) == []
    assert listed(ada.get("/patients", state="review")) == []
    assert "No patient is in all of these filters." in text_of(ada.page)
    assert ada.get("/patients", group="nobody").status_code == 200
    assert ada.get("/patients", sort="shoe size").status_code in (400, 404, 422)


def test_an_import_leads_to_its_patients_and_a_patient_to_its_line(imported, browse):
    ada = browse("viewer@clinic.test")
    page = ada.get(f"/imports/{imported.imported.id}").text
    assert f'href="/patients?import={imported.imported.id}"' in page
    of_import = ada.get(f"/patients?import={imported.imported.id}")
    assert "Created or updated by people.csv" in text_of(of_import)
    assert len(listed(of_import)) == 50
    assert (
        f"/imports/{imported.imported.id}?show=all"
        in ada.get(f"/patients/{imported.patient(1)}").text
    )


def test_an_export_has_the_listed_patients_without_formulas_and_is_logged(
    clinic, connection, portal, browse, tmp_path
):
    odd = GOOD.replace("Ann", "=HYPERLINK(1)", 1)
    process(portal, connection, put(portal, connection, clinic, odd, folder=tmp_path))
    connection.execute(
        "INSERT INTO patient_identifier (patient_id, item, value, account_id)"
        " SELECT id, 'ssn/900112222', '900112222', account_id FROM patient"
    )
    connection.commit()
    ira = browse("importer@clinic.test")
    answer = ira.post("/patients/export", sort="name")
    rows = list(csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff"))))
    assert answer.headers["content-disposition"].startswith("attachment;")
    assert [row["First name"] for row in rows] == ["'=HYPERLINK(1)"]
    assert rows[0]["Social security number"] == "•••-••-2222"
    assert rows[0]["E-mails"] == "ann@example.com"
    whole = ira.post("/patients/export", whole="yes", days="7").text
    assert "900112222" in whole
    trail = connection.execute(
        "SELECT detail FROM access_event WHERE action = 'download' ORDER BY id"
    ).fetchall()
    assert trail == [("1 patients: sort=name",),
                     ("1 patients, with social security numbers: days=7",)]  # fmt: skip
    assert browse("viewer@clinic.test").post("/patients/export").status_code == 403
