"""What is true of a file with the format's headers is true of one with the sender's own."""

import gzip
from datetime import UTC, date, datetime

import pytest

from assets.result_files.make_again import intact_result
from registry.accounts.accounts import add_account
from registry.accounts.column_mappings import save_mapping, stop_using
from registry.ledger.imports import latest_attempt
from schemas.catalogue import get_format
from schemas.column_mapping import MappedColumn
from tests.importing import process, put
from tests.workbooks import workbook

NOW = datetime(2026, 11, 1, tzinfo=UTC)
HEADER = ["Voornaam", "Achternaam", "Geboren", "M/V", "Kamer", "Nummer"]
SLOTS = ("first_name", "last_name", "birth_date", "gender", None, "ehr_id")
ADA = ["Ada", "Moore", "1961-05-27", "f", "12", "E-1"]
BEN = ["Ben", "Jones", "soon", "m", "14", "E-2"]
CARE = get_format("thoroughcare")


def lines(*rows: list[str]) -> str:
    return "".join(",".join(row) + "\n" for row in rows)


@pytest.fixture
def clinic(connection):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    return account


@pytest.fixture
def send(database, connection, clinic, tmp_path):
    def send(content: str | bytes, name: str = "roster.csv"):
        imported = put(database, connection, clinic, content, folder=tmp_path, name=name)
        return process(database, connection, imported)

    return send


@pytest.fixture
def save(connection, clinic):
    def save(slots=SLOTS, headers=HEADER, *, by_position=False):
        columns = [MappedColumn(h, s) for h, s in zip(headers, slots, strict=True)]
        saved = save_mapping(
            connection, clinic, CARE, columns, by_position=by_position, user_name="ada", now=NOW
        )
        connection.commit()
        return saved

    return save


def test_rows_are_judged_and_named_by_the_senders_own_header_and_line(send, save, connection):
    save()
    done = send(lines(HEADER, ADA, BEN))
    assert done.outcomes == ["created", "errored"]
    assert done.codes(0) == ["columns_mapped"]
    assert done.messages(3) == ["Geboren: soon is not a date (use YYYY-MM-DD)"]
    origin = connection.execute(
        "SELECT line FROM patient_change WHERE import_id = %s", (done.imported.id,)
    )
    assert set(origin.fetchall()) == {(2,)}
    assert list(done.result_rows()[0]) == [
        "Result", "Messages", "Patient ID", *HEADER
    ]  # fmt: skip


def test_the_failed_rows_can_be_sent_again_once_they_are_mended(send, save):
    save()
    done = send(lines(HEADER, ADA, BEN))
    again = send(done.failed_rows.replace("soon", "1950-01-02"))
    assert again.outcomes == ["created"]


@pytest.mark.parametrize("pack", [bytes, gzip.compress], ids=["workbook", "packed workbook"])
def test_a_workbook_with_a_title_and_another_sheet_is_read_under_the_mapping(send, save, pack):
    save()
    ada = [*ADA[:2], date(1961, 5, 27), *ADA[3:]]
    book = workbook({"Staff": [["Who", "Where"]], "Patients": [["October"], [], HEADER, ada, BEN]})
    done = send(pack(book), "roster.xlsx")
    assert [(row["line"], row["outcome"]) for row in done.rows] == [(4, "created"), (5, "errored")]
    assert done.codes(0) == ["part_of_file_read", "part_of_file_read", "columns_mapped"]


def test_a_file_that_was_refused_is_read_once_its_columns_are_mapped(
    send, save, database, connection
):
    refused = send(lines(HEADER, ADA))
    assert refused.attempt.fault_code == "header_unusable"
    save()
    again = process(database, connection, refused.imported, again=True)
    assert again.outcomes == ["created"]


def test_an_import_that_is_run_again_keeps_the_version_that_it_had(
    send, save, database, connection, clinic
):
    save()
    done = send(lines(HEADER, ADA))
    save((*SLOTS[:2], "birth_date", "gender", "department", "ehr_id"))
    again = process(database, connection, done.imported, again=True)
    assert (again.outcomes, again.codes(0)) == (["unchanged"], ["columns_mapped"])
    assert send(lines(HEADER, ADA)).outcomes == ["updated"]
    stop_using(connection, clinic, CARE.name, user_name="ada", now=NOW)
    connection.commit()
    process(database, connection, done.imported, again=True)
    kept = latest_attempt(connection, done.imported.id)
    mapping = connection.execute(
        "SELECT (layout ->> 'mapping')::integer FROM attempt WHERE import_id = %s ORDER BY number",
        (done.imported.id,),
    ).fetchall()
    assert (kept.number, mapping) == (3, [(1,), (1,), (1,)])
    assert send(lines(HEADER, ADA)).attempt.fault_code == "header_unusable"


def test_a_result_made_again_from_the_archive_has_the_same_bytes(send, save, database, connection):
    save()
    done = send(lines(HEADER, ADA, BEN))
    save(("last_name", "first_name", *SLOTS[2:]))
    found = intact_result(connection, database, done.imported, done.attempt, "result")
    assert found is not None
    before = found.read_bytes()
    found.chmod(0o600)
    found.write_bytes(b"damaged")
    again = intact_result(connection, database, done.imported, done.attempt, "result")
    assert again is not None
    assert again.read_bytes() == before


def test_a_file_without_a_header_is_imported_by_position(send, save):
    save(headers=[""] * 6, by_position=True)
    done = send(lines(ADA, BEN, ["Eve", "Long"], [*ADA, "surplus"]))
    assert done.outcomes == ["created", "errored", "errored", "errored"]
    assert done.messages(2) == ["Patient Birthday: soon is not a date (use YYYY-MM-DD)"]
    assert "where the column mapping has 6" in done.messages(3)[0]
    assert done.codes(4) == ["row_too_long"]
    assert send(done.failed_rows.replace("soon", "1950-01-02")).outcomes[0] == "created"


def test_a_file_with_the_formats_own_header_is_read_as_ever(send, save):
    save()
    text = "First Name,Last Name,DOB,Sex,MRN\nAda,Moore,1961-05-27,f,E-1\n"
    done = send(text)
    assert (done.outcomes, done.codes(0)) == (["created"], [])
