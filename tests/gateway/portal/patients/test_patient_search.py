"""The search for patients."""

import re

import pytest

from tests.gateway.portal.rosters import text_of
from tests.waiting import eventually


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
        ("c-2", ["O'Neil, Zoë"]),
        ("ANN1@example.com", ["Sample, Ann"]),
        ("ann9@example.com", []),
        ("(212) 555-0121", ["Sample, Ann"]),
        ("0012125550122", ["O'Neil, Zoë"]),
        ("+1 212 555 0199", []),
        ("5550121", ["Sample, Ann"]),
        ("0121", []),
        ("acme INC", ["O'Neil, Zoë", "Sample, Ann"]),
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
        contacts = {"email/main": f"ann{number}@example.com",
                    "phone/mobile": f"+1212555012{number}"}  # fmt: skip
        for item, value in contacts.items():
            connection.execute(
                "INSERT INTO patient_contact (patient_id, item, value) VALUES (%s, %s, %s)",
                (key, item, value),
            )
        connection.execute(
            "INSERT INTO patient_client_group (patient_id, item, name)"
            " VALUES (%s, 'acme inc', 'Acme Inc')",
            (key,),
        )
    connection.commit()
    ada = browse("viewer@clinic.test")
    page = ada.post("/patients", text=text)
    assert page.status_code == 200
    assert re.findall(r"(\w[\w']*, \w+)(?= \d{4} F)", text_of(page)) == found
    assert page.url.query == b""


@pytest.mark.usefixtures("clinic")
def test_the_searched_text_is_not_logged(browse, caplog):
    with caplog.at_level("DEBUG"):
        browse("viewer@clinic.test").post("/patients", text="Canaryname")
        # The server writes the line after the browser has its answer.
        eventually(lambda: "route=/patients" in caplog.text)
    assert "Canaryname" not in caplog.text


def test_a_search_with_many_results_says_that_there_are_more(clinic, connection, browse):
    connection.execute(
        "INSERT INTO patient (id, account_id, name_key, first_name, last_name, birth_year, gender)"
        " SELECT ('00000000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, %s, n, 'Ann',"
        " 'Sample' || n, 1977, 'F' FROM generate_series(1, 51) n",
        (clinic.id,),
    )
    connection.commit()
    ada = browse("viewer@clinic.test")
    assert "The first 50. Add a word to narrow the search." in text_of(
        ada.post("/patients", text="sample")
    )
    assert "1 found" in text_of(ada.post("/patients", text="sample51"))
    assert ada.get("/patients").text.count('href="/patients/') == 50


@pytest.mark.usefixtures("clinic")
def test_an_empty_registry_says_where_patients_come_from(browse):
    ada = browse("viewer@clinic.test")
    assert "No patients yet They come with the first import." in text_of(ada.get("/patients"))
    assert "No patient found" in text_of(ada.post("/patients", text="Ann"))


@pytest.mark.parametrize(("role", "may"), [("importer", True), ("admin", True), ("viewer", False)])
def test_clients_are_imported_from_their_page(clinic, browse, role, may):
    assert clinic
    ada = browse(f"{role}@clinic.test")
    assert ("Import clients (csv)" in text_of(ada.get("/patients"))) is may
    if may:
        said = text_of(ada.get("/import", format="ptdirect"))
        assert "do not use social security numbers or NHS numbers" in said
        assert "At most 1,000 rows." in said
        assert "Download the template" in said
