"""What is true of a CSV is true of a roster in a workbook or an archive."""

import gzip
import io
import zipfile
from datetime import UTC, date, datetime, timedelta

import pytest

from assets.attempt_work import work_on
from assets.result_files.deliver import deliver
from assets.result_files.make_again import intact_result
from registry.accounts.accounts import add_account
from registry.accounts.file_keys import make_file_key, retire_file_key
from registry.landing.drop_folder import (
    PENDING,
    RESULTS,
    account_folder,
    ensure_folders,
    register_ready,
    scan_pending,
)
from registry.landing.layouts import layout_of
from registry.landing.receive import archived_file
from registry.ledger.imports import list_imports
from rosters.containers import key_texts
from schemas.catalogue import get_format
from tests.files import care, john, maria
from tests.importing import process, put
from tests.sealed import sealed
from tests.workbooks import workbook

CARE = get_format("thoroughcare")
HEADER = ["First Name", "Last Name", "DOB", "Sex", "Zip", "EHR ID"]
ADA = ["Ada", "Moore", date(1961, 5, 27), "f", 4101, "E-1"]
BEN = ["Ben", "Jones", "soon", "m", "04101", "E-2"]
SHEET = [HEADER, ADA, BEN]
BOOK = workbook({"Our patients": [["October 2026"], [], *SHEET]})
CSV = care(maria(), john(born="soon"))


def zipped(**members: bytes) -> bytes:
    made = io.BytesIO()
    with zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__", "."), content)
    return made.getvalue()


@pytest.fixture
def send(database, connection, tmp_path):
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()

    def send(content: bytes, name: str = "roster.csv"):
        imported = put(database, connection, account, content, folder=tmp_path, name=name)
        return process(database, connection, imported)

    return send


def test_a_workbook_is_imported_as_a_person_sees_it_and_lines_are_the_rows_of_its_sheet(
    send, connection, database
):
    done = send(BOOK)
    assert [(row["line"], row["outcome"]) for row in done.rows] == [(4, "created"), (5, "errored")]
    assert done.codes(5) == ["not_a_date"]
    address = connection.execute("SELECT postal_code FROM patient_address").fetchone()
    born = connection.execute("SELECT birth_date::TEXT FROM patient").fetchone()
    assert (address, born) == (("04101",), ("1961-05-27",))
    assert done.codes(0) == ["part_of_file_read"]
    assert not list(database.staging_dir.glob(".unpacked-*"))


def test_the_result_of_a_workbook_made_again_from_the_archive_has_the_same_bytes(
    send, connection, database
):
    done = send(BOOK)
    found = intact_result(connection, database, done.imported, done.attempt, "result")
    assert found is not None
    before = found.read_bytes()
    found.chmod(0o600)
    found.write_bytes(b"damaged")
    again = intact_result(connection, database, done.imported, done.attempt, "result")
    assert again is not None
    assert again.read_bytes() == before
    assert b"1961-05-27" in before


def test_the_failed_rows_of_a_workbook_as_a_workbook_can_be_sent_again(send, connection, database):
    done = send(BOOK, "roster.xlsx")
    found = intact_result(connection, database, done.imported, done.attempt, "failed_workbook")
    assert found is not None
    assert found.name.endswith("_roster_failed-rows.xlsx")
    before = found.read_bytes()
    again = send(before)
    assert [(row["line"], row["outcome"]) for row in again.rows] == [(2, "errored")]
    assert again.failed_rows == done.failed_rows
    found.chmod(0o600)
    found.write_bytes(b"damaged")
    made_again = intact_result(connection, database, done.imported, done.attempt, "failed_workbook")
    assert made_again is not None
    assert made_again.read_bytes() == before


def test_only_failed_rows_of_a_workbook_are_answered_with_a_workbook(send, connection, database):
    for content in (CSV.encode(), workbook({"October": [HEADER, ADA]})):
        done = send(content)
        found = intact_result(connection, database, done.imported, done.attempt, "failed_workbook")
        assert found is None


def test_who_dropped_a_workbook_finds_its_result_and_its_failed_rows_once(
    database, connection, tmp_path
):
    settings = database.model_copy(update={"home": tmp_path, "drop_quiet_seconds": 0})
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    ensure_folders(settings, account)
    folder = account_folder(settings, account)
    (folder / PENDING / "roster.xlsx").write_bytes(BOOK)
    seen = scan_pending(settings, account, {}, 0.0).seen
    look = scan_pending(settings, account, seen, 10.0)
    register_ready(connection, settings, account, look, lambda: datetime.now(UTC))
    (imported,) = list_imports(connection, account_id=account.id)
    done = process(settings, connection, imported)
    found = {path.name: path.read_bytes() for path in (folder / RESULTS).iterdir()}
    assert sorted(name.partition("_")[2] for name in found) == [
        "roster.xlsx.csv",
        "roster_failed-rows.xlsx",
    ]
    assert not list((folder / PENDING).iterdir())
    # As after a kill before the import was ended.
    deliver(connection, work_on(connection, settings, imported, done.attempt))
    assert {path.name: path.read_bytes() for path in (folder / RESULTS).iterdir()} == found


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(CSV.encode()),
        zipped(roster__csv=CSV.encode()),
        gzip.compress(zipped(roster__csv=CSV.encode())),
    ],
)
def test_a_packed_csv_has_the_outcomes_and_the_result_of_the_csv(send, content):
    send(CSV.encode())
    plain, packed = send(CSV.encode()), send(content)
    assert [(row["line"], row["outcome"]) for row in packed.rows] == [
        (2, "unchanged"),
        (3, "errored"),
    ]
    assert packed.result == plain.result


@pytest.mark.parametrize(
    ("content", "code", "said"),
    [
        (gzip.compress(CSV.encode())[:-20], "cannot_be_opened", "damaged or cut off"),
        (zipped(a__csv=b"x", b__csv=b"x"), "no_roster_inside", "'a.csv'"),
        (workbook({"Letters": [["Dear"], ["all"]]}), "header_unusable", "line 1"),
        (workbook({"October": SHEET, "November": SHEET}), "several_rosters_inside", "'October'"),
    ],
)
def test_a_container_that_cannot_be_imported_fails_alone_and_answers_its_sender(
    send, content, code, said
):
    done = send(content)
    assert (done.imported.state, done.attempt.fault_code) == ("failed", code)
    assert said in done.attempt.reason
    assert done.attempt.reason in done.result


def test_an_encrypted_csv_has_the_outcomes_and_the_result_of_the_csv(
    database, connection, tmp_path
):
    settings = database.model_copy(update={"file_keys_folder": tmp_path / "keys"})
    account = add_account(connection, "clinic", "thoroughcare")
    connection.commit()
    key = make_file_key(settings, account, "2026-11", "openpgp")
    content = sealed("openpgp", CSV.encode(), key.public[0], armored=True)

    def send(content):
        imported = put(settings, connection, account, content, folder=tmp_path)
        return process(settings, connection, imported)

    send(CSV.encode())
    plain, opened = send(CSV.encode()), send(content)
    assert [(row["line"], row["outcome"]) for row in opened.rows] == [
        (2, "unchanged"),
        (3, "errored"),
    ]
    assert (opened.result, opened.failed_rows) == (plain.result, plain.failed_rows)
    assert archived_file(settings, opened.imported.sha256).path.read_bytes() == content
    assert not list(database.staging_dir.glob(".unpacked-*"))
    # What came before is read with it still, so that a layout that was not kept is worked out.
    retire_file_key(
        settings, account, "2026-11", opened.imported.received_at + timedelta(seconds=2)
    )
    connection.execute("UPDATE attempt SET layout = NULL")
    found = layout_of(connection, settings, opened.imported.id, 1, opened.imported.sha256, CARE)
    assert found == layout_of(
        connection, settings, plain.imported.id, 1, plain.imported.sha256, CARE
    )


def test_a_file_encrypted_for_nobody_here_fails_alone_and_answers_its_sender(send):
    public = key_texts.public_key("age", key_texts.make_private_key("age", ""))[0]
    done = send(sealed("age", CSV.encode(), public))
    assert (done.imported.state, done.attempt.fault_code) == ("failed", "cannot_be_decrypted")
    assert "no key for it" in done.result
